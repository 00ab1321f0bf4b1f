namespace ControlPanel.Data.Operations.Access;

/// <summary>What the use of a key says about its rights. Closed.</summary>
public abstract record Narrowing
{
    private Narrowing() { }

    /// <summary>It reaches one thing by its nature: a namespace key.</summary>
    public sealed record OneThing : Narrowing;

    /// <summary>It has expired or is suspended: nobody calls with it, so nothing is to be learnt.</summary>
    public sealed record NotInForce : Narrowing;

    /// <summary>Not known yet: it is younger, or its use was watched for less than <see cref="LeastPrivilege.Watched"/>.</summary>
    /// <param name="Days">How many more days, at least 1.</param>
    public sealed record NotYet(int Days) : Narrowing;

    /// <summary>Nothing that could be taken from it was needed: it is to be revoked rather than narrowed.</summary>
    public sealed record Unneeded : Narrowing;

    /// <summary>It needs all that it may do: there is nothing to take away.</summary>
    public sealed record Fits : Narrowing;

    /// <summary>Something it did is open to broad keys only.</summary>
    /// <param name="What">The buckets, models or scopes that it is about; empty when it is about none. At most 10.</param>
    public sealed record NeedsAll(BroadNeed Why, IReadOnlyList<string> What) : Narrowing;

    /// <summary>It may do more than it needs.</summary>
    /// <param name="Used">How many of its buckets, models or scopes it needed.</param>
    /// <param name="Of">How many it may use; 0 when it may use whatever there is.</param>
    /// <param name="Name">A name for the narrower key.</param>
    public sealed record Proposal(int Used, int Of, IReadOnlyList<RightChange> Rights, string Name) : Narrowing;
}

/// <summary>Why a key cannot be narrower.</summary>
public enum BroadNeed
{
    /// <summary>It changed buckets or their settings.</summary>
    BucketSettings,

    /// <summary>It listed the buckets; a limited key sees those it is granted and no others.</summary>
    ListsBuckets,

    /// <summary>It used buckets that are not among the team's, which nobody can grant.</summary>
    UnknownBuckets,

    /// <summary>It used batches, which are open to keys for all models.</summary>
    Batch,

    /// <summary>Calls that name no model, or several, or came through a proxy that does not show it.</summary>
    UnnamedModels,

    /// <summary>It called models that are not in the catalogue, which nobody can choose.</summary>
    UnknownModels,

    /// <summary>A token that called models: only full access may.</summary>
    TokenCallsModels,

    /// <summary>A token that used scopes which are given with full access alone.</summary>
    UnlistedScopes,

    /// <summary>It used more different things than are kept of one key, or than a key can be granted.</summary>
    TooMany,
}

/// <summary>One right of a key: as it is, and as it is needed.</summary>
/// <param name="Resource">A bucket, a model, a scope; empty for all of them.</param>
/// <param name="Present">
/// As the key has it: <c>read</c>, <c>readwrite</c>, <c>fullaccess</c>; <c>use</c>, <c>all</c>, <c>batch</c>;
/// <c>scope</c>, <c>api:read</c>, <c>api:write</c>. <see langword="null"/> when only a broader right contains it.
/// </param>
/// <param name="Needed">The same for the narrower key; <see langword="null"/>: it falls away.</param>
/// <param name="LastNeededAt"><see langword="null"/>: not in living memory, or only because another right requires it.</param>
public sealed record RightChange(string Resource, string? Present, string? Needed, DateTimeOffset? LastNeededAt)
{
    /// <summary>Whether the key has it as it needs it.</summary>
    public bool Stays => Present == Needed;
}

/// <summary>The rights of a narrower key, as the operation of its family takes them. Closed.</summary>
internal abstract record NarrowerRights
{
    private NarrowerRights() { }

    public sealed record Buckets(IReadOnlyList<Spaces.SpacesGrant> Grants) : NarrowerRights;

    public sealed record Models(IReadOnlyList<string>? Ids) : NarrowerRights;

    public sealed record Scopes(IReadOnlyList<string> Names) : NarrowerRights;
}

/// <summary>What a key's use says, and what a narrower key would be given.</summary>
/// <param name="Rights">Set together with a proposal.</param>
internal sealed record Reckoning(Narrowing Answer, NarrowerRights? Rights = null);
