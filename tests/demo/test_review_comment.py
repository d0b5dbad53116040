"""The comment under a pull request, made by the workflow's own script of a stranger's document."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/review-comment.yml"
AROUND = """
const fs = require('node:fs');
const script = fs.readFileSync(process.argv[2], 'utf8');
const run = { head_repository: { owner: { login: 'o' } }, head_branch: 'b', head_sha: 'abc', id: 7 };
const rest = {
  pulls: { list: async () => ({ data: [{ head: { sha: 'abc' }, number: 1 }] }) },
  issues: { listComments: null, createComment: async ({ body }) => process.stdout.write(body) },
};
const github = { rest, paginate: async () => [] };
const context = { payload: { workflow_run: run }, repo: { owner: 'o', repo: 'r' }, serverUrl: 'https://github.com' };
const AsyncFunction = (async () => {}).constructor;
new AsyncFunction('github', 'context', 'core', 'require', script)(github, context, { notice() {} }, require);
"""

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on the PATH")


@pytest.fixture
def comment(tmp_path: Path) -> Any:
    """The comment of a document: ``comment(text of review.json)``; None for no document."""
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    (script,) = [step["with"]["script"] for step in job["steps"] if "script" in step.get("with", {})]
    (tmp_path / "script.js").write_text(script)
    (tmp_path / "around.js").write_text(AROUND)
    (tmp_path / "review").mkdir()

    def made(document: str | None) -> str:
        if document is not None:
            (tmp_path / "review/review.json").write_text(document)
        words = ["node", str(tmp_path / "around.js"), str(tmp_path / "script.js")]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    return made


def of_dev(**more: Any) -> str:
    counts = {"create": 1, "update": 2, "replace": 0, "delete": 0}
    dev = {"name": "dev", "counts": counts, "cost": {"monthly": "12.50"}, "findings": [], "items": [], **more}
    return json.dumps({"environments": [dev]})


def test_figures_and_names_are_shown(comment: Any):
    """What a reviewer needs first, and that nobody has proven it."""
    text = comment(of_dev(items=[{"op": "create", "type": "aws:s3/bucket:Bucket", "name": "web-1"}]))
    assert "| dev | 1 | 2 | 0 | 0 | 0 | 12.50 |" in text
    assert "- create `aws:s3/bucket:Bucket` `web-1`" in text
    assert "Unverified" in text


@pytest.mark.parametrize(
    "text",
    [
        "@maintainers",
        "|@u",
        "[@u](https://evil.example)",
        "&#64;u",
        "![image](https://evil.example/i.png)",
        "<img src=https://evil.example>",
        "`@u`",
        "approved by security",
        "x\n\n# Approved",
        "<!-- slipway-review -->",
        "https://evil.example",
        "ftp://evil.example/x",
        "x/https://evil.example",
        "\u200b@u",
        "\uff20u",
        "o/r#1",
        "#1",
        "\u202eevil",
        "a@evil.example",
        ":+1:",
        "/approve",
        "[^1]",
        "> [!IMPORTANT]",
        "$\\href{https://evil.example}{x}$",
        "- [x] approved",
        "approved\n",
        "a" * 151,
        "",
        None,
        True,
        {"toString": "x"},
        ["x"],
        1e99,
    ],
    ids=str,
)
def test_a_strangers_text_is_not_shown(comment: Any, text: Any):
    """Neither as a name, nor as a rule, a count, a cost or an environment."""
    document = of_dev(
        items=[{"op": "create", "type": text, "name": text}, {"op": text, "type": "a:b:C", "name": "x"}],
        findings=[{"rule": text, "message": text}],
        counts={"create": text},
        cost={"monthly": text},
    )
    shown = comment(document).removeprefix("<!-- slipway-review -->\n")
    assert "- create (not shown) (not shown)" in shown
    assert "- finding: (not shown)" in shown
    assert text is None or text in ("", True) or str(text) not in shown
    forged = comment(json.dumps({"environments": [{"name": text}, text], "base": text}))
    assert "The review has no environment that is known." in forged


@pytest.mark.parametrize("document", [None, "", "{", "[]", "null", '{"environments": 1}'])
def test_a_document_of_another_form_is_a_sentence(comment: Any, document: str | None):
    """No document, half of one, or one of another shape."""
    assert comment(document).count("The review ") == 1


def test_no_document_makes_a_comment_that_is_too_long(comment: Any):
    """GitHub refuses 65,536 characters; an environment that stands there many times counts once."""
    long = {"op": "create", "type": "t" * 150, "name": "n" * 150}
    one = {"items": [long] * 100, "findings": [{"rule": "r" * 150}] * 100}
    environments = [{"name": name, **one} for name in ("dev", "prod", "sandbox", "staging", "dev") * 9]
    text = comment(json.dumps({"environments": environments}))
    assert len(text) < 65_536
    assert text.count("<details>") == text.count("</details>") == 4
    assert "more lines do not fit here" in text


def test_the_first_word_on_an_environment_counts(comment: Any):
    """A second row of prod could say that nothing changes there."""
    counts = {"create": 0, "update": 0, "replace": 0, "delete": 7}
    text = comment(json.dumps({"environments": [{"name": "prod", "counts": counts}, {"name": "prod"}]}))
    assert text.count("| prod |") == 1
    assert "| prod | 0 | 0 | 0 | 7 | 0 | ? |" in text
