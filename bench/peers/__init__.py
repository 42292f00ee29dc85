"""The peers, each a program as its own users would write it well; none of them imports Duewatch."""
