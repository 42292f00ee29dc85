"""The parts of `make bench`: each measures one thing of everybody and returns figures as plain JSON."""
