"""What can stand in the way of several logs, in words for their operator."""

from __future__ import annotations

from reporting.errors import ReportingError, Unavailable


class NotPlaced(ReportingError):
    """facts: `election`, `log`. No ledger holds the election yet, so that two could come to define it."""

    code = "not_placed"
    template_ja = "選挙 {election} をどの台帳に置くかが決まっていません。先に reporting logs place {election} {log} を実行してください。"
    template_en = (
        "No ledger holds the election {election} yet. Run reporting logs place {election} {log} first."
    )


class PlacedAlready(ReportingError):
    """facts: `election`, `log`."""

    code = "placed_already"
    template_ja = "選挙 {election} は台帳 {log} にあります。移すには reporting logs move を使ってください。"
    template_en = "The election {election} is in the ledger {log}. Move it with reporting logs move."


class AnotherMove(Unavailable):
    """facts: none. One election is moved at a time."""

    code = "another_move"
    template_ja = "別の選挙の移動が進行中です。何も変えていません。終わってからもう一度実行してください。"
    template_en = "Another election is being moved. Nothing was changed: run again when that is done."


class OnItsWay(ReportingError):
    """facts: `election`, `log`. It has left and not arrived, or the directory has not heard of it: nobody else may take it."""

    code = "on_its_way"
    template_ja = "選挙 {election} は台帳 {log} への移動の途中です。先に reporting logs move {election} {log} を実行して終わらせてください。"
    template_en = "The election {election} is on its way to the ledger {log}. Run reporting logs move {election} {log} first, so that it arrives."


class GathersFromPrimary(ReportingError):
    """facts: `log`. A standby cannot say up to which time it has everything: what its primary is recording now comes with an earlier
    time than what others have recorded meanwhile, and would be put in order too late."""

    code = "gathers_from_primary"
    template_ja = (
        "台帳 {log} のデータベースは書き込みを受け付けないサーバー（待機系など）です。待機系は、どの時刻まで揃っているかを言えないため、集めることができません。"
        "REPORTING_LOGS のこの台帳に主系の URL を書いてください（複数のホストと target_session_attrs=read-write を書くと、切り替わっても主系に届きます）。"
    )
    template_en = (
        "The database of the ledger {log} takes no changes (a standby, say). A standby cannot say up to which time it is complete, and is "
        "not gathered from. Give the primary's URL in REPORTING_LOGS: several hosts with target_session_attrs=read-write find it after a "
        "failover, too."
    )


class CopyDiffers(ReportingError):
    """facts: `log`, `position`, `here`. Two logs say different things at one version of one stream: neither is altered."""

    code = "copy_differs"
    template_ja = "台帳 {log} の位置 {position} のイベントが、こちらの位置 {here} にあるものと異なります。どちらも変更せず、監査担当に連絡してください。"
    template_en = "The event at position {position} of the ledger {log} is not the one that stands here at {here}. Leave both as they are and tell the auditors."


class AreasDiffer(ReportingError):
    """facts: `registry`, `version`, `log`, `other`. An election means the areas it was defined on."""

    code = "areas_differ"
    template_ja = "区域 {registry} の第 {version} 版が台帳 {log} と台帳 {other} で異なります。両方に同じファイルを登録してください。"
    template_en = "Version {version} of the areas {registry} differs between the ledgers {log} and {other}. Declare the same files in both."


class ClockAhead(ReportingError):
    """facts: `log`, `other`, `seconds`. Recorded times never run back: what came with a later time would carry every election of
    the log it came to that far ahead, for as long."""

    code = "clock_ahead"
    template_ja = (
        "台帳 {log} の時刻は台帳 {other} より {seconds} 秒進んでいます。移すと {other} に記録する時刻が、ほかの選挙も含めて、その分だけ進んだままになります。"
        "両方のデータベースの時計（NTP）を合わせ、その秒数が過ぎてから、もう一度実行してください。"
    )
    template_en = (
        "The time of the ledger {log} is {seconds} s ahead of that of {other}. After a move {other} would record at that time, for its "
        "other elections too, until it is past. Set the clocks of both databases right (NTP), and run this again when so many seconds are over."
    )


class ProposalsWait(ReportingError):
    """facts: `election`, `count`. They stand in the log that they were made in, and do not go with the election."""

    code = "proposals_wait"
    template_ja = "選挙 {election} の定義の変更案 {count} 件が確認を待っています。確認するか期限を待ってから移してください。"
    template_en = "{count} proposals to change the definition of {election} wait for a second person. Confirm them or let them expire, then move it."


class HoldsEvents(ReportingError):
    """facts: `position`. A reading database begins empty."""

    code = "holds_events"
    template_ja = "このデータベースには自身のイベントがあります（位置 {position} まで）。空のデータベースを reporting migrate で用意してください。"
    template_en = "This database has events of its own, up to position {position}. Prepare an empty one with reporting migrate."


class LogsDisagree(ReportingError):
    """facts: `count`."""

    code = "logs_disagree"
    template_ja = (
        "台帳の照合で {count} 件の相違がありました。どのデータベースにも触れず、監査担当に連絡してください。"
    )
    template_en = "{count} things in the ledgers are not as they were recorded. Leave every database as it is and tell the auditors."
