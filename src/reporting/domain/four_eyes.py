"""What nobody may do alone: who has a hand in figures does not vouch for them."""

from __future__ import annotations

from reporting.errors import ReportingError


class FourEyes(ReportingError):
    """facts: `person`. Nobody approves what they typed or submitted, nor twice at different levels, nor confirms what they
    declared. Approval and certification take a visible, reasoned override."""

    code = "four_eyes"
    template_ja = (
        "{person} はこの報告に既に関わっています（入力・提出・申告、または他の段階での承認）。別の人が行ってください。"
        "承認・確定は、理由を付けた特例でもできます。"
    )
    template_en = (
        "{person} has a hand in this already (typed, submitted, declared, or approved at another level). Ask someone "
        "else; to approve or certify, an override with a reason does it, too."
    )


class AloneWithOthersThere(FourEyes):
    """facts: `person`, `office`. Overrides of one and the same person do not follow each other where the office has
    somebody else."""

    template_ja = (
        "{person} だけで入力・承認・確定・公表を続けることはできません。{office} にはほかの担当者が登録されています。"
        "一度は別の人が承認か確定をしてください。"
    )
    template_en = (
        "{person} alone may not enter, approve, certify and publish this: {office} has other members. Have one of them "
        "approve or certify it."
    )


class SameTypist(FourEyes):
    """facts: `person`. Of two entries of a form each is somebody else's, until they are compared."""

    template_ja = (
        "{person} はもう一方の入力をした人です。二度の入力は別の人が行い、照合が済むまで互いの値を見ません。"
    )
    template_en = (
        "{person} typed the other entry. The two are typed by different people, who do not see each other's values until "
        "they are compared."
    )


class ReadAlone(FourEyes):
    """facts: `person`. Who read it out does not confirm that somebody else was there."""

    template_ja = (
        "{person} は読み合わせを記録した本人です。立ち会ったもう一人が、自分でログインして確認してください。"
    )
    template_en = (
        "{person} recorded the reading. The other person who was there has to log in and confirm it."
    )


class SecondPerson(FourEyes):
    """facts: `person`. A declared difference needs somebody else's word; there is no override."""

    template_ja = "申告した人（{person}）は、自分で確認することも、数値が合わないまま解消することもできません。同じ委員会の別の人か、上位の委員会に依頼してください。"
    template_en = (
        "{person} declared this and may neither confirm it nor close it while the figures differ. Ask someone else of the "
        "office, or an office above."
    )
