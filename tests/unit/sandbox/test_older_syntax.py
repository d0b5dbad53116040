"""What newer Dockerfiles have and builders from before 2023 do not know."""

import pytest

from slipway.sandbox.docker.older_syntax import in_older_words

PLAIN = "FROM python:3.12\nRUN echo 1 << 2 \\\n  && true\nCOPY a b\n"


def test_what_older_builders_know_stays():
    """Byte for byte."""
    assert in_older_words(PLAIN) == PLAIN


@pytest.mark.parametrize(
    ("dockerfile", "older"),
    [
        ("RUN <<EOF\na\nb\nEOF\nUSER c\n", 'RUN ["/bin/sh", "-c", "a\\nb\\n"]\nUSER c\n'),
        (
            "RUN --mount=type=cache,target=/c <<-'EOF'\n\ta\n\tEOF\n",
            'RUN --mount=type=cache,target=/c ["/bin/sh", "-c", "a\\n"]\n',
        ),
        ("RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\n", 'RUN ["python3", "-c", "print(1)\\n"]\n'),
        ("RUN python3 <<EOF\nprint(1)\nEOF\n", 'RUN ["/bin/sh", "-c", "python3 <<EOF\\nprint(1)\\nEOF\\n"]\n'),
        (
            "COPY --chmod=755 <<'EOF' /etc/x/start.sh\nexec $1\nEOF\n",
            'RUN ["/bin/sh", "-e", "-c", "mkdir -p \\"$(dirname /etc/x/start.sh)\\"\\ncat > /etc/x/start.sh '
            "<<'EOF'\\nexec $1\\nEOF\\nchmod 755 /etc/x/start.sh\"]\n",
        ),
        ("COPY --link --from=a /b /c\n", "COPY --from=a /b /c\n"),
        ("HEALTHCHECK --start-interval=1s --retries=2 CMD true\n", "HEALTHCHECK --retries=2 CMD true\n"),
    ],
)
def test_newer_words_are_put_into_older_ones(dockerfile: str, older: str):
    """A text is a command, what a command reads, or a file; flags that only make it faster go."""
    assert in_older_words(dockerfile) == older
