namespace ControlPanel.Data.Model;

/// <summary>A Functions namespace in front of an OpenWhisk API.</summary>
public sealed class FunctionsNamespace
{
    /// <summary><c>fn-</c> and a UUID.</summary>
    public string Id { get; set; } = "";

    public Guid TeamId { get; set; }

    public string Label { get; set; } = "";

    public string Region { get; set; } = "";

    /// <summary>The OpenWhisk API behind it, an absolute http(s) address without path; <see langword="null"/>: none yet.</summary>
    public string? UpstreamUrl { get; set; }

    /// <summary>Envelope of <c>uuid:key</c>, the upstream's own credential.</summary>
    public byte[]? SealedUpstreamCredential { get; set; }

    /// <summary>What the envelope is bound to beside the team.</summary>
    public Guid SealId { get; set; }

    public int UpstreamCredentialVersion { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public Guid CreatedBy { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }

    public long ChangeVersion { get; set; }
}

/// <summary>A bucket that keys can be granted on.</summary>
public sealed class Bucket
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    public string Name { get; set; } = "";

    public string Region { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }

    public long ChangeVersion { get; set; }
}

/// <summary>A model that keys can be granted on.</summary>
public sealed class CatalogModel
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    /// <summary>The name that requests carry in <c>model</c>.</summary>
    public string ModelId { get; set; } = "";

    public string DisplayName { get; set; } = "";

    public string Provider { get; set; } = "";

    /// <summary><c>text</c>, <c>image</c>, <c>audio</c>, <c>embedding</c>…</summary>
    public string Modality { get; set; } = "";

    public bool BatchCapable { get; set; }

    public string? PriceNote { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }

    public long ChangeVersion { get; set; }
}

/// <summary>A network that model keys can be tied to.</summary>
public sealed class VpcNetwork
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public string Region { get; set; } = "";

    /// <summary>CIDR ranges, one a line.</summary>
    public string Ranges { get; set; } = "";

    public bool IsDefault { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }

    public long ChangeVersion { get; set; }
}

/// <summary>A server behind the Spaces or Inference gateway, with its own credential, which clients never see.</summary>
public sealed class Upstream
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    /// <summary><c>spaces</c> or <c>inference</c>.</summary>
    public string Kind { get; set; } = "";

    public string Name { get; set; } = "";

    public string Url { get; set; } = "";

    /// <summary>Kind-specific settings (region, access key id, served providers…) as JSON; never a secret.</summary>
    public string Settings { get; set; } = "{}";

    public byte[]? SealedCredential { get; set; }

    public int CredentialVersion { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }

    public long ChangeVersion { get; set; }
}
