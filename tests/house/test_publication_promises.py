"""What the guides promise about publication is shown by a test: every sentence of their sections names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISES = {
    "docs/editors.md": {
        "At `publishAt` a slot goes out": "application/test_publication.py::test_a_slot_goes_out_with_what_is_approved_and_names_who_is_correcting",
        "Nothing of it is visible before": "api/test_desk.py::test_unreleased_figures_are_seen_by_those_above_and_nobody_else",
        "A later correction changes": "api/test_clock.py::test_after_a_release_by_hand_corrections_go_out_by_the_clock",
        "follows its corrections": "api/test_clock.py::test_a_slot_published_when_certified_waits_for_every_unit_and_then_goes_out_by_itself",
        "A notice says what happened": "api/test_notice_kinds.py::test_a_stated_absence_has_a_name_of_its_own_and_kinds_stand_together",
        "訂正 第n号 counts corrections": "api/test_notice_kinds.py::test_first_figures_are_no_correction_and_corrections_are_counted_by_themselves",
        "Withdrawing and entering anew": "api/test_notice_kinds.py::test_a_withdrawal_is_told_and_is_no_way_around_a_correction",
        "A release counts as `whole`": "api/test_notice_kinds.py::test_units_count_as_whole_only_with_every_figure_the_form_needs",
        "Withheld figures that can be": "application/test_disclosure.py::test_one_withheld_part_of_a_published_whole_needs_a_reason",
        "names every withheld figure": "api/test_disclosures.py::test_a_release_that_discloses_says_why",
        "Identities count whether": "application/test_disclosure.py::test_an_identity_counts_without_its_rule",
        "Withhold others with it": "application/test_disclosure.py::test_two_withheld_parts_are_safe",
        "So do bounds that leave": "application/test_disclosure.py::test_a_withheld_figure_between_two_equal_ones_is_theirs",
        "The clock lets nothing": "application/test_disclosure.py::test_the_clock_lets_go_out_what_gives_nothing_away",
        "What could be computed already": "application/test_disclosure.py::test_withholding_what_was_public_is_never_held_back",
        "Not looked at:": "application/test_disclosure.py::test_two_withheld_parts_are_safe",
        "No figure is entered, submitted": "application/test_before_the_day.py::test_nothing_is_entered_before_its_slot_opens",
        "Test elections and drills are played": "application/test_before_the_day.py::test_a_test_election_is_played_at_any_hour",
        "No slot is released before": "application/test_publication.py::test_nothing_goes_out_before_its_time",
    },
    "docs/ja/開票夜の手引き.md": {
        "公表時刻（回の `publishAt`）になると": "application/test_publication.py::test_a_slot_goes_out_with_what_is_approved_and_names_who_is_correcting",
        "他の市区町村を待ちません": "application/test_publication.py::test_a_slot_goes_out_with_what_is_approved_and_names_who_is_correcting",
        "全欄そろった単位": "api/test_notice_kinds.py::test_units_count_as_whole_only_with_every_figure_the_form_needs",
        "訂正中の単位（`underCorrection`）": "application/test_publication.py::test_a_slot_goes_out_with_what_is_approved_and_names_who_is_correcting",
        "一般には見えません": "api/test_desk.py::test_unreleased_figures_are_seen_by_those_above_and_nobody_else",
        "手でも早くは出せません": "application/test_publication.py::test_nothing_goes_out_before_its_time",
        "前の値が公表されたまま": "application/test_publication.py::test_a_correction_keeps_the_old_figure_public_until_approved_and_then_makes_one_notice",
        "承認されると差分とともに": "application/test_publication.py::test_a_correction_keeps_the_old_figure_public_until_approved_and_then_makes_one_notice",
        "通知は何が起きたか": "api/test_notice_kinds.py::test_a_stated_absence_has_a_name_of_its_own_and_kinds_stand_together",
        "「訂正」（公表した数値": "api/test_notice_kinds.py::test_a_stated_absence_has_a_name_of_its_own_and_kinds_stand_together",
        "番号は訂正だけ": "api/test_notice_kinds.py::test_first_figures_are_no_correction_and_corrections_are_counted_by_themselves",
        "取り下げて入れ直しても": "api/test_notice_kinds.py::test_a_withdrawal_is_told_and_is_no_way_around_a_correction",
        "投票日より前": "application/test_publication.py::test_nothing_goes_out_before_its_time",
        "途中保存だけはできます": "application/test_before_the_day.py::test_nothing_is_entered_before_its_slot_opens",
        "試験用の選挙と訓練は": "application/test_before_the_day.py::test_a_test_election_is_played_at_any_hour",
        "ほかの担当者が登録されていればできません": "application/test_alone.py::test_a_chain_of_overrides_ends_where_there_is_a_colleague",
        "（`singleHanded`）": "application/test_alone.py::test_nobody_comes_through_alone_and_unsaid",
        "「非公表」（`!suppressed`）の数値": "application/test_disclosure.py::test_one_withheld_part_of_a_published_whole_needs_a_reason",
        "`nextRelease` の `disclosures`": "api/test_disclosures.py::test_a_release_that_discloses_says_why",
        "ほかの欄も非公表とするか": "application/test_disclosure.py::test_two_withheld_parts_are_safe",
        "理由がなければ手では": "api/test_disclosures.py::test_a_release_that_discloses_says_why",
        "時刻による公表は、": "application/test_disclosure.py::test_the_clock_lets_go_out_what_gives_nothing_away",
        "非公表に改める訂正は": "application/test_disclosure.py::test_withholding_what_was_public_is_never_held_back",
        "全単位が確定すると": "api/test_clock.py::test_a_slot_published_when_certified_waits_for_every_unit_and_then_goes_out_by_itself",
        "急ぐときは `releaseSlot`": "api/test_clock.py::test_after_a_release_by_hand_corrections_go_out_by_the_clock",
        "公表時刻は回ごとに全国で一つです": "definitions/test_catalogue.py::test_a_place_has_no_time_of_its_own_for_a_national_slot",
        "締切・公表時刻を自分の地域だけ変えることは": "definitions/test_catalogue.py::test_a_place_has_no_time_of_its_own_for_a_national_slot",
        "公表時刻も上の定めもない": "api/test_clock.py::test_after_a_release_by_hand_corrections_go_out_by_the_clock",
        "その後の訂正は": "api/test_clock.py::test_after_a_release_by_hand_corrections_go_out_by_the_clock",
        "すべて自分の下にある委員会だけ": "application/test_publication.py::test_nothing_goes_out_before_its_time",
        "都道府県は時刻の前に": "application/test_desk.py::test_green_ones_are_approved_at_once_and_the_others_told",
        "承認する段階にない所属": "api/test_in_bulk.py::test_an_office_that_may_nowhere_is_told_so_though_nothing_waits",
        "必ず一件ずつ": "application/test_desk.py::test_a_declared_difference_is_not_green",
    },
}
SECTIONS = ("Publication", "Not before its day", "公表")


def sentences(guide: str) -> list[str]:
    """Of the guide's sections on publication, without their code."""
    text = re.sub(r"```.*?```", "", (ROOT / guide).read_text("utf-8"), flags=re.S)
    parts = [
        part.partition("\n")[2]
        for part in re.split(r"^## ", text, flags=re.M)
        if part.partition("\n")[0].strip() in SECTIONS
    ]
    assert parts
    joined = " ".join(" ".join(parts).split())
    return [one.strip(" -*") for one in re.split(r"(?<=。)|(?<=\.)\s", joined) if len(one.strip(" -*）")) > 3]


@pytest.mark.parametrize("guide", PROMISES)
def test_every_promise_has_its_test(guide: str) -> None:
    promises = PROMISES[guide]
    text = sentences(guide)
    assert [said for said in text if not any(promise in said for promise in promises)] == []
    assert [promise for promise in promises if not any(promise in said for said in text)] == []
    for test in promises.values():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), test
