def shown(text: str) -> str:
    """A text from records as it may be printed: what would move the cursor, colour or begin a line is written out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
