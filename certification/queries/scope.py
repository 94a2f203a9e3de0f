def distance(path: str, wanted: str) -> tuple[int, int, str] | None:
    """How well figures of one unit speak for another: its own, then the highest below, then the nearest above."""
    if path == wanted:
        return (0, 0, path)
    if path.startswith(wanted):
        return (1, path.count("/"), path)
    if wanted.startswith(path):
        return (2, -path.count("/"), path)
    return None
