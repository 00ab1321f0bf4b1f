using ControlPanel.Verification.Decisions;

namespace ControlPanel.Shared;

/// <summary>Why a call was refused, as the key's owner reads it; callers are told less.</summary>
public static class Reasons
{
    /// <summary>A short sentence.</summary>
    public static string Say(DenialReason reason) =>
        reason switch
        {
            DenialReason.None => "Allowed",
            DenialReason.CannotVerify => "The node could not verify",
            DenialReason.NoCredential => "No credential",
            DenialReason.Malformed => "Unreadable credential",
            DenialReason.WrongKind => "Wrong kind of credential",
            DenialReason.BadFormat => "Wrong form or checksum",
            DenialReason.UnknownKey => "No such key",
            DenialReason.WrongSecret => "Wrong secret",
            DenialReason.BadSignature => "Signature does not fit",
            DenialReason.Revoked => "Revoked key",
            DenialReason.Suspended => "Suspended key",
            DenialReason.OwnerInactive => "Owner left the team",
            DenialReason.Expired => "Expired key",
            DenialReason.OtherNamespace => "Key of another namespace",
            DenialReason.BucketNotGranted => "Bucket not granted",
            DenialReason.ModelNotAllowed => "Model not allowed",
            DenialReason.BatchNotAllowed => "Batch not enabled",
            DenialReason.ScopeMissing => "Scope missing",
            DenialReason.RoleInsufficient => "Role does not allow it",
            DenialReason.NotCovered => "Not possible with this kind of key",
            DenialReason.OutsideNetwork => "Outside the key's network",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };
}
