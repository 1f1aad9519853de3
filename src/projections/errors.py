"""What can go wrong with the views; one root."""

from __future__ import annotations

from reporting.errors import ReportingError, UnknownReference


class ProjectionError(ReportingError):
    """facts: `detail`."""

    code = "projection_error"
    template_ja = "集計の更新に問題があります。運用担当者に連絡してください。{detail}"
    template_en = "The totals could not be updated. Tell the operator. {detail}"
    operator_ja = (
        "集計を使えないか、更新できません：{detail}。reporting projections status で状態を確認してください。"
    )
    operator_en = "The totals cannot be used or updated: {detail}. See `reporting projections status`."


class ProjectionStopped(ProjectionError):
    """A poison event stopped the projection; it is never skipped. facts: `position`, `detail`."""

    code = "projection_stopped"
    template_ja = "位置 {position} の処理で集計が停止しています。運用担当者に連絡してください。{detail}"
    template_en = "Totals stopped at position {position}. Tell the operator. {detail}"
    operator_ja = "位置 {position} の処理で集計が停止しています：{detail}。このイベントを読める版のプログラムを入れ、reporting projections rebuild を実行してください。"
    operator_en = "Totals stopped at position {position}: {detail}. Install the build that reads this event, then run `reporting projections rebuild`."


class NotYetProjected(ProjectionError):
    """facts: `wanted`, `position`."""

    code = "not_yet_projected"
    template_ja = (
        "位置 {wanted} はまだ集計に反映されていません（現在 {position}）。少し待って再度お試しください。"
    )
    template_en = "Position {wanted} is not in the totals yet (now {position}). Wait a moment and ask again."


class NoLineage(UnknownReference):
    """facts: `kind`, `found` (codes of registries, or — where no election was found either)."""

    template_ja = "{found} の地域の変遷が取り込まれていないため、境界を揃えられません。先に reporting import lineage を実行してください。"
    template_en = "What became of the areas of {found} is not known, so figures cannot be re-based. Run `reporting import lineage` first."


class ViewsOutdated(ProjectionError):
    """The live views are another build's. facts: `version`."""

    code = "views_outdated"
    template_ja = (
        "集計（第 {version} 版）はこのプログラムとは別の版のものです。reporting serve または projections follow が自動で作り直し、"
        "終わると切り替わります。すぐに作り直すには reporting projections rebuild --replace を実行してください。"
    )
    template_en = (
        "The totals (version {version}) were made by another build of this program. `reporting serve` or `projections follow` "
        "makes them anew by itself and switches when done; `reporting projections rebuild --replace` does it at once."
    )


class ViewsDiffer(ProjectionError):
    """Rebuilt and live rows are not the same; nothing was switched. facts: `detail`."""

    code = "views_differ"
    template_ja = (
        "再構築した集計が現在の集計と一致しません。切り替えませんでした。現在の集計が壊れているときは --replace を付けると、"
        "記録そのものと照合してから置き換えます。{detail}"
    )
    template_en = (
        "The rebuilt totals differ from the live ones; nothing was switched. Where the live ones are damaged, --replace puts "
        "the new ones in their place once they agree with the log itself. {detail}"
    )
