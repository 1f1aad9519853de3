"""What can be wrong with evidence, in words for whoever holds it."""

from __future__ import annotations

from typing import ClassVar

from reporting.errors import ReportingError, Unavailable


class ProofInvalid(ReportingError):
    """A Merkle proof that does not lead to the root. facts: `detail`."""

    code = "proof_invalid"
    template_ja = "証明が合いません。原本とチェックポイントを確認し、監査担当に連絡してください。（{detail}）"
    template_en = (
        "The proof does not hold ({detail}). Check the original and the checkpoint; tell the auditors."
    )


class NoteInvalid(ReportingError):
    """Signed text that is malformed or not signed by whom it should be. facts: `detail`."""

    code = "note_invalid"
    template_ja = "署名付きテキストを確認できません。鍵と受け取ったファイルを確認してください。（{detail}）"
    template_en = "The signed text cannot be verified ({detail}). Check the keys and the file as received."


class KeyInvalid(ReportingError):
    """facts: `detail`."""

    code = "key_invalid"
    template_ja = "鍵の形式が正しくありません。「名前+ハッシュ+鍵」の1行を貼り直してください。（{detail}）"
    template_en = "Not a key ({detail}). Paste the one line “name+hash+key” again."


class QuorumMissing(ReportingError):
    """facts: `found`, `needed`."""

    code = "quorum_missing"
    template_ja = "証人の連署が {found} 件で、必要な {needed} 件に足りません。証人に連署を依頼してください。"
    template_en = "{found} witnesses have cosigned and {needed} are needed. Ask the witnesses to cosign."


class LogDisagrees(ReportingError):
    """The log is not the one that was signed before. facts: `position` (first, where known), `detail`."""

    code: ClassVar[str] = "log_disagrees"
    template_ja = "記録が署名済みの内容と一致しません（位置 {position}: {detail}）。署名を止めました。データベースに触れず、監査担当に連絡してください。"
    template_en = "The log is not what was signed before (position {position}: {detail}). Nothing was signed. Leave the database as it is and tell the auditors."


class SignerStateMissing(ReportingError):
    """Nothing that the log did. facts: `file`, `size`: up to which it was signed."""

    code = "signer_state_missing"
    template_ja = (
        "記録は {size} 件まで署名済みですが、署名者の状態のファイル {file} がありません。何も署名していません。--state（REPORTING_SIGNER_STATE）"
        "の書き誤りなら直してください。新しい機械である、またはファイルを失ったときは、--adopt を付けて一度実行してください（記録全体を読み直します）。"
    )
    template_en = (
        "The log was signed up to {size}, and the signer's state {file} is not there. Nothing was signed. If --state "
        "(REPORTING_SIGNER_STATE) is mistyped, put it right; on a new machine, or where the file was lost, run once with --adopt, which "
        "reads the whole log."
    )


class SignedByAnotherKey(ReportingError):
    """Nothing that the log did, where the key file is the wrong one. facts: `size`: up to which it was signed; `signed`: by which keys,
    `key`: which was given, as names and ids."""

    code = "signed_by_another_key"
    template_ja = (
        "記録は {size} 件まで別の鍵（{signed}）で署名されています。指定された鍵は {key} です。何も署名していません。--key（REPORTING_SIGNER_KEY）に、"
        "これまでの鍵のファイルを指定してください。これまでもこの鍵で署名していたのなら、データベースに触れず、監査担当に連絡してください。"
    )
    template_en = (
        "The log was signed up to {size} by another key ({signed}); the one given is {key}. Nothing was signed. Give the file of the key used "
        "so far as --key (REPORTING_SIGNER_KEY). If it always was this one, leave the database as it is and tell the auditors."
    )


class SignerStateUnusable(ReportingError):
    """facts: `file`, `detail`."""

    code = "signer_state_unusable"
    template_ja = (
        "署名者の状態のファイル {file} を使えません（{detail}）。何も署名していません。--state と --key が正しいかを確認してください。正しければ、"
        "ファイルが壊れたか書き換えられています。消さずに監査担当に連絡してください。"
    )
    template_en = (
        "The signer's state {file} cannot be used ({detail}). Nothing was signed. See whether --state and --key are the right ones. If "
        "they are, the file was damaged or altered: keep it, and tell the auditors."
    )


class NoEvidence(ReportingError):
    """A folder that is neither an export nor a release. facts: `path`."""

    code = "no_evidence"
    template_ja = "フォルダ {path} は書き出した証拠でも公表の一式でもありません（manifest.json も証明もない）。reporting audit export か audit release が作ったフォルダを指定してください。"
    template_en = "The folder {path} is neither an export nor a release (no manifest.json, no proof). Name the folder that `reporting audit export` or `audit release` made."


class NotSigned(ReportingError):
    """facts: `position`, `size`."""

    code: ClassVar[str] = "not_signed"
    template_ja = "位置 {position} までは、求められた連署のある署名がまだありません（{size} まで）。数秒後にもう一度実行してください。"
    template_en = "Position {position} is not signed yet, with the witnesses asked for (only up to {size}). Run again in a few seconds."


class NoSuchCheckpoint(NotSigned):
    """facts: `size`, `next`: the size of the first checkpoint that covers it."""

    code = "no_such_checkpoint"
    template_ja = "{size} 件ちょうどのチェックポイントはありません。次のものは {next} 件です。実在する大きさを指定してください。"
    template_en = "There is no checkpoint of exactly {size} events; the next one covers {next}. Give the size of one that exists."


class AnotherSigner(Unavailable):
    """facts: none. Waited for by a signer that runs; told to whoever starts a second one."""

    code = "another_signer"
    template_ja = "別の署名プログラムが動いています。署名は一つの環境につき一つだけです。もう一方を止めてから実行してください。"
    template_en = "Another signer is at work; there is one for each environment. Stop the other one first."


class WitnessSilent(ReportingError):
    """A witness that gives no cosignature now. facts: `url`, `detail`."""

    code = "witness_silent"
    template_ja = "証人 {url} から連署を得られません。アドレスと証人の稼働を確認してください。署名には影響しません。（{detail}）"
    template_en = "No cosignature from the witness {url} ({detail}). Check its address and that it runs. Signing goes on."


class WitnessRefuses(LogDisagrees):
    """A witness that saw another log than this one. facts: `url`, `position`, `detail`."""

    code = "witness_refuses"
    template_ja = "証人 {url} は、以前見た記録の続きではないとして連署を拒みました（{detail}）。データベースに触れず、監査担当と証人に連絡してください。"
    template_en = "The witness {url} refuses: this does not continue the log it has seen ({detail}). Leave the database as it is; tell the auditors and the witness."
