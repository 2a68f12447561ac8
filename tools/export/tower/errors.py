"""What a user can do something about; the command line prints it without a trace."""


class ExportError(Exception):
    pass
