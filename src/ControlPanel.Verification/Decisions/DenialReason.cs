namespace ControlPanel.Verification.Decisions;

/// <summary>
/// Every way a request can be refused, as precise as the audit needs it. Callers are told less:
/// <see cref="PublicAnswers"/> is the only place that decides what they read. Numbers are stored; never reuse one.
/// </summary>
public enum DenialReason : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>Nothing was presented.</summary>
    NoCredential = 1,

    /// <summary>What was presented cannot be read with certainty.</summary>
    Malformed = 2,

    /// <summary>A readable credential that is not of this door's kind (a Bearer at a Basic door, another family's key).</summary>
    WrongKind = 3,

    /// <summary>Prefix, length, alphabet or checksum do not fit: a typo or noise. Nothing was looked up.</summary>
    BadFormat = 4,

    /// <summary>Well formed, but no such key.</summary>
    UnknownKey = 5,

    /// <summary>The key exists, the secret is another.</summary>
    WrongSecret = 6,

    /// <summary>The signature does not fit the request (Spaces).</summary>
    BadSignature = 7,

    /// <summary>The key was revoked.</summary>
    Revoked = 8,

    /// <summary>The key is suspended.</summary>
    Suspended = 9,

    /// <summary>The person behind the key is no longer in the team.</summary>
    OwnerInactive = 10,

    /// <summary>The key's time is over.</summary>
    Expired = 11,

    /// <summary>A valid Functions key for another namespace.</summary>
    OtherNamespace = 12,

    /// <summary>A valid Spaces key without the needed right on the bucket.</summary>
    BucketNotGranted = 13,

    /// <summary>A valid model key that may not call this model.</summary>
    ModelNotAllowed = 14,

    /// <summary>A valid model key without the batch switch.</summary>
    BatchNotAllowed = 15,

    /// <summary>A valid token without a needed scope.</summary>
    ScopeMissing = 16,

    /// <summary>A valid token whose owner's role does not carry the needed permission.</summary>
    RoleInsufficient = 17,

    /// <summary>A valid key from outside its network.</summary>
    OutsideNetwork = 18,

    /// <summary>A request that this kind of key can never make (an unknown path with a scoped key).</summary>
    NotCovered = 19,

    /// <summary>This node's knowledge of the keys is older than the lease allows: it cannot say yes.</summary>
    CannotVerify = 20,
}
