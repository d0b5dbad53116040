"""What the wordcount counts, and what it says of what it cannot count; on Beam's own runner of this machine."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

APP = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def main() -> ModuleType:
    sys.path.insert(0, str(APP))
    try:
        spec = importlib.util.spec_from_file_location("wordcount_main", APP / "main.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(APP))
    return module


@pytest.fixture
def count(main: ModuleType, tmp_path: Path):
    """Counts the words of bytes; the exit status and the lines that were written."""

    def run(content: bytes, *words: str) -> tuple[int, list[str]]:
        (tmp_path / "in.txt").write_bytes(content)
        status = main.main(["--input", str(tmp_path / "in.txt"), "--output", str(tmp_path / "counts"), *words])
        written = sorted(tmp_path.glob("counts-*-of-*"))
        return status, sorted(line for file in written for line in file.read_text().splitlines())

    return run


def test_counts_words_of_letters_and_apostrophes(count):
    """Digits and marks end a word, case tells words apart."""
    status, lines = count(b"To be, or not to be: that's 2 be\n\nBe!\n")
    assert status == 0
    assert lines == ["Be: 1", "To: 1", "be: 3", "not: 1", "or: 1", "that's: 1", "to: 1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("naïve cafe\u0301 café don\u2019t", ["café: 2", "don\u2019t: 1", "naïve: 1"]),
        (
            "καλημέρα мир, мир!",
            ["καλημέρα: 1", "мир: 2"],
        ),
        ("東京、京都", ["京都: 1", "東京: 1"]),
        (
            "مرحبا، می\u200cروم",
            ["مرحبا: 1", "می\u200cروم: 1"],
        ),
        (
            "हिन्दी x\r\nlast",
            ["last: 1", "x: 1", "हिन्दी: 1"],
        ),
    ],
    ids=["Latin", "Greek and Cyrillic", "Chinese", "Arabic and Persian", "Hindi"],
)
def test_words_are_of_any_script(count, text, words):
    """A letter keeps its accents and vowel signs, written in one character or in two; nothing is dropped."""
    assert count(text.encode()) == (0, words)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--bogus=1"], "--bogus=1 is no option of this pipeline or of Beam"),
        (
            ["b.txt", "c.txt"],
            "b.txt belongs to no option: where the shell has made several files of a pattern, quote it",
        ),
        (["--jobname", "x"], "--jobname is no option"),
    ],
)
def test_what_nothing_would_read_is_refused(count, capfd, words, refusal):
    """Beam drops it with a warning, and the counts would be those of one file of many."""
    assert count(b"a\n", *words) == (2, [])
    assert f"error: {refusal}" in capfd.readouterr().err


def test_options_of_beam_are_taken(count):
    """Those of other runners too."""
    assert count(b"a\n", "--job_name=a-1", "--flink_master=[local]", "--experiments=x") == (0, ["a: 1"])


def test_several_files_are_counted_together(main, tmp_path, capfd):
    """--input takes a pattern."""
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("same word\n")
    assert main.main(["--input", str(tmp_path / "*.txt"), "--output", str(tmp_path / "counts")]) == 0
    assert (tmp_path / "counts-00000-of-00001").read_text().splitlines() == ["same: 2", "word: 2"]


def test_an_empty_file_gives_an_empty_output_and_says_so(count, capfd):
    """Nothing to count is no failure: who waits for the output finds it."""
    assert count(b"") == (0, [])
    assert "in.txt is empty: there is nothing to count" in capfd.readouterr().err


def test_a_missing_input_is_said_before_anything_runs(main, tmp_path, capfd):
    """Named with what to check, and no traceback."""
    assert main.main(["--input", str(tmp_path / "none.txt"), "--output", str(tmp_path / "counts")]) == 2
    said = capfd.readouterr().err
    assert said == f"error: --input {tmp_path}/none.txt names no file: check the path, and quote a pattern\n"
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_not_utf8_are_named(count, capfd):
    """The byte and its place in the line; no traceback, and no output that looks whole."""
    status, lines = count(b"fine\n" * 3 + b"caf\xe9 au lait\n")
    said = capfd.readouterr().err
    assert (status, lines) == (2, [])
    assert "error: the input is not UTF-8: the byte 0xe9 at 3 of a line that begins b'caf\\xe9 au lait'" in said
    assert "Traceback" not in said


def test_an_output_that_exists_is_left_alone(count, tmp_path, capfd):
    """The shards of two runs never mix."""
    kept = tmp_path / "counts-00000-of-00003"
    kept.write_text("mine\n")
    assert count(b"a b\n") == (2, ["mine"])
    assert f"exists already ({kept})" in capfd.readouterr().err


def test_an_unknown_file_system_is_said(main, capfd):
    """A scheme that Beam does not know ends in a line as well."""
    assert main.main(["--input", "nowhere://bucket/text", "--output", "counts"]) == 2
    assert "error: nowhere://bucket/text or counts cannot be looked for" in capfd.readouterr().err


def test_other_failures_are_not_swallowed(main, tmp_path):
    """Only what a user can mend is a line; anything else comes with its traceback."""
    (tmp_path / "in.txt").write_text("a\n")
    with pytest.raises(ValueError, match="NoSuchRunner"):
        main.main(["--input", str(tmp_path / "in.txt"), "--output", str(tmp_path / "c"), "--runner", "NoSuchRunner"])


def test_every_step_has_a_name(main):
    """Dataflow, Flink and Spark show the steps by these names, and updates of running jobs match by them."""
    import apache_beam as beam

    pipeline = beam.Pipeline(runner=main.LOCAL)
    main.count_words(pipeline, str(APP / "README.md"), "counts")
    names = [part.full_label for part in pipeline.transforms_stack[0].parts]
    assert names == ["Read", "Split", "Count", "Format", "Write"]
