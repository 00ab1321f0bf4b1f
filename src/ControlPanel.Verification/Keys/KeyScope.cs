using System.Collections.Frozen;

namespace ControlPanel.Verification.Keys;

/// <summary>What a key may reach. Closed: one case for each family; frozen when the key is loaded.</summary>
public abstract record KeyScope
{
    private KeyScope() { }

    /// <summary>A Functions key: exactly one namespace.</summary>
    public sealed record Namespace(string NamespaceId) : KeyScope;

    /// <summary>A Spaces key: every bucket, or the granted ones. No grants means suspended in effect: nothing is allowed.</summary>
    public sealed record Buckets(bool FullAccess, FrozenDictionary<string, BucketRight> Grants) : KeyScope
    {
        /// <summary>The right on a bucket, <see cref="BucketRight.None"/> when it is not granted.</summary>
        public BucketRight On(string bucket) =>
            FullAccess ? BucketRight.FullAccess : Grants.GetValueOrDefault(bucket, BucketRight.None);
    }

    /// <summary>A model key: all models (then batch may be on) or the named ones, from one network or from anywhere.</summary>
    /// <param name="Ids"><see langword="null"/> means all models, present and future.</param>
    /// <param name="Batch">Whether the batch endpoints are open. Only ever true together with all models.</param>
    /// <param name="Network"><see langword="null"/> means no VPC restriction.</param>
    public sealed record Models(FrozenSet<string>? Ids, bool Batch, NetworkRanges? Network) : KeyScope
    {
        /// <summary>Whether the model may be called.</summary>
        public bool Allows(string model) => Ids is null || Ids.Contains(model);
    }

    /// <summary>An API token: the scopes <c>resource:action</c> it was created with, aliases kept as they were granted.</summary>
    public sealed record Api(FrozenSet<string> Scopes) : KeyScope
    {
        /// <summary>The alias that holds every scope (contract 5.2).</summary>
        public const string WriteAlias = "api:write";

        /// <summary>The alias that holds every <c>:read</c> scope (contract 5.2).</summary>
        public const string ReadAlias = "api:read";

        /// <summary>The scope that implies every other one of Functions (contract 8.4).</summary>
        public const string FunctionAdmin = "function:admin";

        /// <summary>Whether the token is a Full Access token.</summary>
        public bool IsFull => Scopes.Contains(WriteAlias);

        /// <summary>Whether the token holds the scope itself or by an alias.</summary>
        public bool Holds(string scope) =>
            Scopes.Contains(scope)
            || IsFull
            || (scope.StartsWith("function:", StringComparison.Ordinal) && Scopes.Contains(FunctionAdmin))
            || (scope.EndsWith(":read", StringComparison.Ordinal) && Scopes.Contains(ReadAlias));
    }
}

/// <summary>A right on a bucket. Ordered: a greater right contains the smaller ones.</summary>
public enum BucketRight : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read objects, list the bucket.</summary>
    Read = 1,

    /// <summary>Read, write and delete objects.</summary>
    ReadWrite = 2,

    /// <summary>Everything on every bucket, including their configuration.</summary>
    FullAccess = 3,
}
