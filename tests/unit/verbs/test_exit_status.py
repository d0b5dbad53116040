"""What a command ends with, whatever happened."""

import errno

import pytest

from slipway.errors import UserError
from slipway.verbs.exit_status import status_of


def failing(error: BaseException):
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (UserError("no such app"), 1, "error: no such app\n"),
        (KeyboardInterrupt(), 130, "stopped; the next `slipway up` goes on from here\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/p/.slipway/state"),
            1,
            "error: /p/.slipway/state cannot be used: Permission denied; make it yours, or name another folder for the "
            "states in SLIPWAY_HOME\n",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/p/stacks"),
            1,
            "error: /p/stacks cannot be used: Read-only file system; name a folder that can be written in "
            "SLIPWAY_HOME, or work in a copy of the project\n",
        ),
        (
            NotADirectoryError(errno.ENOTDIR, "Not a directory", "/p/.slipway"),
            1,
            "error: /p/.slipway cannot be used: Not a directory; a file is where a folder has to be: move it away\n",
        ),
    ],
)
def test_a_mistake_is_one_message(error: BaseException, status: int, message: str, capsys: pytest.CaptureFixture[str]):
    """With what, why and what to do; never a traceback."""
    assert status_of(failing(error)) == status
    assert capsys.readouterr().err == message


def test_a_bug_is_not_hidden():
    """An error that no user can mend keeps its traceback."""
    with pytest.raises(OSError, match="Bad file descriptor"):
        status_of(failing(OSError(errno.EBADF, "Bad file descriptor")))
