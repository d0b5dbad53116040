"""What the four pipelines write, and what they say of what they cannot use; on Beam's own runner of this machine."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

APP = Path(__file__).parents[1]
POEM = "Maths English\n\nArt  of\tmaths\n"


@pytest.fixture(scope="module")
def app() -> dict[str, ModuleType]:
    sys.path.insert(0, str(APP))
    try:
        found = {}
        for name in ("local", "words", "grades", "subjects", "words_of_file"):
            spec = importlib.util.spec_from_file_location(name, APP / f"{name}.py")
            found[name] = sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(found[name])
    finally:
        sys.path.remove(str(APP))
    return found


@pytest.fixture
def ask(app, tmp_path, monkeypatch):
    """Runs a pipeline by its command line in a folder of its own; the exit status."""
    monkeypatch.chdir(tmp_path)

    def run(name: str, *words: str) -> int:
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *words])
        return app["local"].command(app[name].run)

    return run


def test_words_of_a_string(ask, capfd):
    """What is between spaces, a line each; marks stay."""
    assert ask("words", " To be,  or not\n") == 0
    assert sorted(capfd.readouterr().out.split("\n")) == ["", "To", "be,", "not", "or"]


def test_no_words_of_an_empty_string(ask, capfd):
    """Nothing is printed, and nothing fails."""
    assert ask("words", "") == 0
    assert capfd.readouterr().out == ""


def test_grades_are_lines_with_a_tab(ask, app, tmp_path):
    """subject<TAB>grade, a line a tuple, all of them."""
    assert ask("grades") == 0
    lines = (tmp_path / "grades.txt").read_text().splitlines()
    assert sorted(lines) == sorted(f"{subject}\t{grade}" for subject, grade in app["grades"].GRADES)


def test_words_of_a_file_go_to_subjects(ask, tmp_path):
    """One file of that very name, no shard in it."""
    (tmp_path / "in.txt").write_text(POEM)
    assert ask("subjects", "in.txt") == 0
    assert (tmp_path / "subjects.txt").read_text().split("\n") == ["Maths", "English", "Art", "of", "maths", ""]


def test_output_and_extension_are_options(ask, tmp_path):
    """The written file is called --output and --extension."""
    (tmp_path / "in.txt").write_text(POEM)
    assert ask("words_of_file", "--input", "in.txt", "--output", "out", "--extension", ".csv") == 0
    assert (tmp_path / "out.csv").read_text().split() == ["Maths", "English", "Art", "of", "maths"]


def test_an_option_that_nothing_would_read_is_refused(ask, tmp_path, capfd):
    """Beam drops it with a warning."""
    (tmp_path / "in.txt").write_text(POEM)
    assert ask("words_of_file", "--input", "in.txt", "--output", "out", "--bogus=1") == 2
    assert "error: --bogus=1 is no option of this pipeline or of Beam" in capfd.readouterr().err


def test_the_job_has_a_name_unless_another_is_said(app):
    """Runners show a job by it."""
    from apache_beam.options.pipeline_options import GoogleCloudOptions

    def named(*words: str) -> str:
        return app["words_of_file"].job_options(words).view_as(GoogleCloudOptions).job_name

    assert (named(), named("--job_name", "mine")) == ("words-of-file", "mine")


@pytest.mark.parametrize("words", [("subjects", "in.txt"), ("words_of_file", "--input", "in.txt", "--output", "out")])
def test_an_empty_file_gives_an_empty_file(ask, tmp_path, capfd, words):
    """No words are no failure."""
    (tmp_path / "in.txt").write_bytes(b"")
    assert ask(*words) == 0
    assert "in.txt is empty: so will be what is written" in capfd.readouterr().err
    assert [path.read_bytes() for path in tmp_path.glob("*.txt")] == [b"", b""]


@pytest.mark.parametrize("words", [("subjects", "in.txt"), ("words_of_file", "--input", "in.txt", "--output", "out")])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "error: there is no file in.txt: say the path of a text\n"),
        (b"fine\ncaf\xe9\n", "error: in.txt is not UTF-8: line 2 has the byte 0xe9"),
    ],
)
def test_an_input_that_cannot_be_read_is_one_line(ask, tmp_path, capfd, words, content, said):
    """What is wrong and where; nothing is written."""
    if content is not None:
        (tmp_path / "in.txt").write_bytes(content)
    assert ask(*words) == 2
    shown = capfd.readouterr().err
    assert shown.startswith(said)
    assert "Traceback" not in shown
    assert not (tmp_path / "subjects.txt").exists()
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (("grades",), "grades.txt"),
        (("subjects", "in.txt"), "subjects.txt"),
        (("words_of_file", "--input", "in.txt", "--output", "out"), "out.txt"),
    ],
)
def test_an_output_that_exists_is_left_alone(ask, tmp_path, capfd, words, output):
    """Whoever has it loses nothing."""
    (tmp_path / "in.txt").write_text(POEM)
    (tmp_path / output).write_text("mine")
    assert ask(*words) == 2
    assert f"error: {output} exists already: remove it, or say another output\n" in capfd.readouterr().err
    assert (tmp_path / output).read_text() == "mine"


def test_an_output_in_no_folder_is_said(ask, capfd):
    """Beam would make the folder of a misspelt path."""
    assert ask("grades", "nowhere/grades.txt") == 2
    assert capfd.readouterr().err == "error: there is no folder nowhere to write grades.txt into: make it first\n"
