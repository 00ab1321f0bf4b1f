using ControlPanel.Verification.Decisions;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>
/// The ladder behind a stored reason: the check that failed and those that had passed before it. The checks run in one
/// order, so the reason alone tells where the request stood.
/// </summary>
internal static class RefusalSteps
{
    public static IReadOnlyList<TraceStep> For(DenialReason reason)
    {
        var (failed, detail) = FailedAt(reason);
        return
        [
            .. Enum.GetValues<Check>()
                .Where(check => check < failed)
                .Select(check => new TraceStep(check, Passed: true, Passed(check))),
            new TraceStep(failed, Passed: false, detail),
        ];
    }

    private static (Check Check, string Detail) FailedAt(DenialReason reason) =>
        reason switch
        {
            DenialReason.CannotVerify => (
                Check.Freshness,
                "The node's knowledge of the keys was older than its lease allows, so it could not say yes."
            ),
            DenialReason.NoCredential => (Check.Format, "No credential was presented."),
            DenialReason.Malformed => (Check.Format, "What was presented cannot be read with certainty."),
            DenialReason.WrongKind => (Check.Format, "The credential is of another kind than this address takes."),
            DenialReason.BadFormat => (
                Check.Format,
                "Prefix, length, characters or checksum do not fit: most often a typo or a cut-off copy."
            ),
            DenialReason.UnknownKey => (Check.Known, "There is no such key."),
            DenialReason.WrongSecret => (Check.Secret, "The key exists; the secret is another."),
            DenialReason.BadSignature => (Check.Secret, "The signature does not fit the request."),
            DenialReason.Revoked => (Check.State, "The key was revoked."),
            DenialReason.Suspended => (Check.State, "The key was suspended."),
            DenialReason.OwnerInactive => (Check.Owner, "The person behind the key is no longer in the team."),
            DenialReason.Expired => (Check.Expiry, "The key's time is over."),
            DenialReason.OtherNamespace => (Check.Scope, "The key is for another namespace."),
            DenialReason.BucketNotGranted => (Check.Scope, "The key has no such right on the bucket."),
            DenialReason.ModelNotAllowed => (Check.Scope, "The key may not call this model."),
            DenialReason.BatchNotAllowed => (Check.Scope, "The key has no batch switch."),
            DenialReason.ScopeMissing => (Check.Scope, "The token lacks a scope that is needed."),
            DenialReason.RoleInsufficient => (
                Check.Scope,
                "The role of the token's owner does not carry the permission."
            ),
            DenialReason.NotCovered => (Check.Scope, "A key of this kind can never make this request."),
            DenialReason.OutsideNetwork => (Check.Network, "The call came from outside the key's network."),
            DenialReason.None => throw new ArgumentOutOfRangeException(nameof(reason), "It was not refused."),
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    private static string Passed(Check check) =>
        check switch
        {
            Check.Freshness => "The node's knowledge was fresh.",
            Check.Format => "The credential has the right form.",
            Check.Known => "The key is known.",
            Check.Secret => "The secret or signature fits.",
            Check.State => "The key was neither revoked nor suspended.",
            Check.Owner => "The person behind it, if any, was in the team.",
            Check.Expiry => "Its time was not over.",
            Check.Scope => "It covers what was asked.",
            Check.Network => "It came from where it may.",
            _ => throw new ArgumentOutOfRangeException(nameof(check)),
        };
}
