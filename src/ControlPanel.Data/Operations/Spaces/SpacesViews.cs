using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Operations.Spaces;

/// <summary>A bucket in a list.</summary>
/// <param name="KeysWithAccess">Living keys with a grant on it, keys with full access included.</param>
public sealed record BucketRow(Guid Id, string Name, string Region, int KeysWithAccess, DateTimeOffset CreatedAt);

/// <summary>A grant: a bucket and what may be done there.</summary>
/// <param name="Bucket">A bucket's name; empty together with <c>fullaccess</c> (contract 3.3).</param>
/// <param name="Permission"><c>read</c>, <c>readwrite</c> or <c>fullaccess</c>.</param>
public sealed record SpacesGrant(string Bucket, string Permission)
{
    /// <summary>Read objects and list the bucket.</summary>
    public const string Read = "read";

    /// <summary>Read, write and delete objects.</summary>
    public const string ReadWrite = "readwrite";

    /// <summary>Everything on every bucket.</summary>
    public const string FullAccess = "fullaccess";
}

/// <summary>A Spaces access key in a list.</summary>
/// <param name="Grants">Empty means that the key may do nothing: suspended in effect.</param>
public sealed record SpacesKeyRow(
    Guid Id,
    string AccessKeyId,
    string Name,
    IReadOnlyList<SpacesGrant> Grants,
    Guid? CreatedById,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt,
    string? LastAddress,
    string? LastClient
)
{
    /// <summary>Whether the key reaches every bucket.</summary>
    public bool HasFullAccess => Grants is [{ Permission: SpacesGrant.FullAccess }];

    /// <summary>Its calls in the last 24 hours, in lists.</summary>
    public RecentCalls Recent { get; init; } = RecentCalls.None;
}

/// <summary>A page of keys, and how much of the team's quota is used.</summary>
public sealed record SpacesKeyPage(IReadOnlyList<SpacesKeyRow> Items, int Total, int Used, int Limit);

/// <summary>A key that was just made, with its secret. Shown once; kept sealed, because signatures need it back.</summary>
public sealed record NewSpacesKey(SpacesKeyRow Key, Secret Secret);
