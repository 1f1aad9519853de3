"""Paper by GraphQL: forms within reach only, and codes that say nothing to strangers."""

from __future__ import annotations

import base64

import night
import pages
from night import CITY, OTHER_WARD, TOWN, WARD
from test_desk import client as client
from test_desk import figures, submit
from tiny import Ask

FORMS = """query($units: [String!]!, $filled: Boolean!) { paperForms(election: "tiny", form: "final", slot: "final", units: $units,
  filled: $filled) { name content unprintable { typed cluster codePoints place } } }"""
CODE = """query($code: String!) { paperCode(code: $code) { form { unit version printedVersion typedTwice notes { ja en }
  formLabel { ja } } } }"""
CONTROLS = (
    """{ desk(election: "tiny", form: "final", slot: "final", unit: "11") { controls { filled total } } }"""
)


def code_of(answer: object) -> str:
    (code,) = pages.codes_of(base64.b64decode(answer["data"]["paperForms"]["content"]))  # type: ignore[index]
    return code


def test_printed_and_read_back(ask: Ask) -> None:
    blank = ask(FORMS, WARD, units=["11"], filled=False)
    assert blank["data"]["paperForms"]["name"] == "tiny-final-final-11-blank.pdf"
    code = code_of(blank)
    submit(ask, figures=figures(**night.BALANCED))
    read = ask(CODE, CITY, code=code)["data"]["paperCode"]["form"]
    assert (read["unit"], read["printedVersion"]) == ("11", 0)
    assert read["version"] > 0
    assert len(read["notes"]) == 1
    filled = ask(FORMS, WARD, units=["11"], filled=True)["data"]["paperForms"]
    assert "該当なし" in pages.text_of(base64.b64decode(filled["content"]))


def test_strangers_get_neither_forms_nor_what_a_code_is_of(ask: Ask) -> None:
    code = code_of(ask(FORMS, WARD, units=["11"], filled=True))
    for stranger in (OTHER_WARD, TOWN):
        assert (
            ask(FORMS, stranger, units=["11"], filled=False)["errors"][0]["extensions"]["code"]
            == "NOT_AUTHORISED"
        )
        assert ask(CODE, stranger, code=code)["errors"][0]["extensions"]["code"] == "NOT_AUTHORISED"
    assert ask(CODE, None, code=code)["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"
    assert ask(CODE, WARD, code="F1")["errors"][0]["extensions"]["code"] == "UNKNOWN_CODE"
    assert (
        ask(FORMS, CITY, units=["11"] * 101, filled=False)["errors"][0]["extensions"]["code"]
        == "INVALID_INPUT"
    )


def test_control_totals_of_what_would_stand(ask: Ask) -> None:
    submit(ask, figures=figures(**night.BALANCED))
    assert ask(CONTROLS, WARD)["data"]["desk"]["controls"] == {"filled": 8, "total": "598"}
