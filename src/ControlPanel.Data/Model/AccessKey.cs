using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Model;

/// <summary>
/// A key of any family. One table, so that loading, revoking and counting have one path; what differs (namespace,
/// grants, network) stands in columns that the family uses. Never deleted: a revoked key explains refusals for ever.
/// </summary>
public sealed class AccessKey
{
    public Guid Id { get; set; }

    public KeyFamily Family { get; set; }

    /// <summary>A shared credential from before access keys existed (Functions), or a key from before scoping (Inference).</summary>
    public bool IsLegacy { get; set; }

    public Guid TeamId { get; set; }

    /// <summary><see langword="null"/> for the shared legacy credential of a namespace.</summary>
    public Guid? OwnerId { get; set; }

    /// <summary>Sixteen bytes, unique within the family (<see cref="Verification.Keys.LookupId"/>).</summary>
    public byte[] LookupId { get; set; } = [];

    /// <summary>What may be shown of the key: the whole id for Functions and Spaces, a prefix for the one-value families.</summary>
    public string PublicId { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>Thirty-two bytes; <see langword="null"/> for Spaces keys.</summary>
    public byte[]? SecretMac { get; set; }

    public int MasterKeyVersion { get; set; }

    /// <summary>Envelope of the secret where it must be readable again: Spaces keys, legacy credentials until retired.</summary>
    public byte[]? SealedSecret { get; set; }

    /// <summary>Counts up with every new secret.</summary>
    public int SecretVersion { get; set; } = 1;

    /// <summary>Functions: the one namespace.</summary>
    public string? NamespaceId { get; set; }

    /// <summary>Inference: the one network, or none.</summary>
    public Guid? VpcId { get; set; }

    /// <summary>Spaces: full access. Inference: all models. API: full access. Otherwise the grants say what is covered.</summary>
    public bool CoversAll { get; set; }

    /// <summary>Inference: the batch switch.</summary>
    public bool Batch { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary><see langword="null"/>: not suspended. <see cref="DateTimeOffset.MaxValue"/>: until resumed.</summary>
    public DateTimeOffset? SuspendedUntil { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public Guid? RevokedBy { get; set; }

    /// <summary>Why it was revoked: <c>revoked</c>, <c>member_removed</c>, <c>namespace_deleted</c>, <c>retired</c>…</summary>
    public string? RevokeReason { get; set; }

    /// <summary>The key whose callers are to move over to this one, when it was made as a narrower replacement.</summary>
    public Guid? ReplacesId { get; set; }

    /// <summary>The change clock's value at the last change; what snapshots catch up by.</summary>
    public long ChangeVersion { get; set; }

    public List<KeyGrant> Grants { get; set; } = [];
}

/// <summary>
/// One thing a key covers. Spaces: (bucket, <c>read</c>|<c>readwrite</c>). Inference: (model id, <c>use</c>).
/// API: (resource, action).
/// </summary>
public sealed class KeyGrant
{
    public Guid KeyId { get; set; }

    public string Resource { get; set; } = "";

    public string Permission { get; set; } = "";
}

/// <summary>
/// When and from where a key was last used. A table of its own: its frequent writes can never carry an old copy of the
/// key back over a revocation.
/// </summary>
public sealed class KeyUsage
{
    public Guid KeyId { get; set; }

    public DateTimeOffset FirstUsedAt { get; set; }

    public DateTimeOffset LastUsedAt { get; set; }

    public string? LastAddress { get; set; }

    public string? LastClient { get; set; }

    public long Calls { get; set; }
}

/// <summary>Calls of a key in one hour; the number of hours since 1970 names it.</summary>
public sealed class KeyUsageHour
{
    public Guid KeyId { get; set; }

    public int Hour { get; set; }

    public long Calls { get; set; }

    public long Refused { get; set; }
}

/// <summary>
/// What accepted calls needed of a key, one row for each different thing. Spaces: (bucket, <c>read</c>,
/// <c>readwrite</c> or <c>fullaccess</c>) and (empty, <c>list</c>). Inference: (model id, <c>use</c>), (empty,
/// <c>batch</c>), (empty, <c>all</c>). API: (scope, <c>scope</c>). Any family: (empty, <c>none</c>) and (empty,
/// <c>many</c>).
/// </summary>
public sealed class KeyNeed
{
    /// <summary>The request named no model, more than one, or came by a door that does not see it.</summary>
    public const string All = "all";

    /// <summary>Batches and their files.</summary>
    public const string Batch = "batch";

    /// <summary>A change of a bucket or its settings, which grants never allow.</summary>
    public const string FullAccess = "fullaccess";

    /// <summary>The list of buckets, of which a limited key is shown its own.</summary>
    public const string List = "list";

    /// <summary>More different things than are kept of one key.</summary>
    public const string Many = "many";

    /// <summary>Nothing that could be taken from a key.</summary>
    public const string None = "none";

    /// <summary>Reading in a bucket.</summary>
    public const string Read = "read";

    /// <summary>Writing in a bucket.</summary>
    public const string ReadWrite = "readwrite";

    /// <summary>A scope of the API.</summary>
    public const string Scope = "scope";

    /// <summary>Calling a model.</summary>
    public const string Use = "use";

    public Guid KeyId { get; set; }

    public string Resource { get; set; } = "";

    public string Permission { get; set; } = "";

    public DateTimeOffset FirstSeenAt { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }

    public long Calls { get; set; }
}

/// <summary>Who called with a key on one day: the board of legacy callers and every key's "from where".</summary>
public sealed class KeyCaller
{
    public Guid KeyId { get; set; }

    /// <summary>Days since 1970.</summary>
    public int Day { get; set; }

    public string Address { get; set; } = "";

    public string Client { get; set; } = "";

    public long Calls { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }
}
