"""Where an error came from, for the server's own log."""


def places(error: BaseException) -> list[str]:
    """Return files and lines only, for the text or the values of *error* could hold secrets."""
    found, step = [], error.__traceback__
    while step is not None:
        found.append(f"{step.tb_frame.f_code.co_filename.rpartition('keystead/')[2]}:{step.tb_lineno}")
        step = step.tb_next
    return found
