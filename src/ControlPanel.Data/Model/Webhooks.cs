namespace ControlPanel.Data.Model;

/// <summary>An address outside that is told of events of a team.</summary>
public sealed class WebhookEndpoint
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    /// <summary>Absolute. May hold a token of the receiver's in its path: shown to owners, never logged.</summary>
    public string Address { get; set; } = "";

    /// <summary>The types it is told of, with a blank between them.</summary>
    public string EventTypes { get; set; } = "";

    /// <summary>Envelope of the signing secret's bytes.</summary>
    public byte[] SealedSecret { get; set; } = [];

    /// <summary>Counts up with every new secret.</summary>
    public int SecretVersion { get; set; } = 1;

    /// <summary>Envelope of the secret before, of version <see cref="SecretVersion"/> − 1; signs as well for a while.</summary>
    public byte[]? SealedPreviousSecret { get; set; }

    /// <summary>Until when the secret before signs as well.</summary>
    public DateTimeOffset? PreviousSecretUntil { get; set; }

    public bool IsEnabled { get; set; } = true;

    /// <summary>Whether it was turned off because its receiver answered that it is gone for good.</summary>
    public bool IsGone { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public Guid CreatedBy { get; set; }

    /// <summary>Since when no attempt has succeeded; <see langword="null"/> after a success.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>When the last attempt ended, well or not.</summary>
    public DateTimeOffset? LastAttemptAt { get; set; }

    /// <summary>The status of the last answer; <see langword="null"/> when none came.</summary>
    public int? LastStatus { get; set; }

    /// <summary>Why no answer came; empty when one did.</summary>
    public string LastFault { get; set; } = "";
}

/// <summary>
/// One event on its way to one endpoint. Written in the transaction of what it tells of: it is told if and only if that
/// was committed.
/// </summary>
public sealed class WebhookDelivery
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    public Guid EndpointId { get; set; }

    /// <summary>The same for every endpoint and attempt; receivers recognise by it what they have seen.</summary>
    public string EventId { get; set; } = "";

    public string Type { get; set; } = "";

    /// <summary>The body, byte for byte as it is signed; never a secret.</summary>
    public string Payload { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>
    /// When it is due. While somebody sends it, this lies ahead by the time they may need; whoever finds it due again
    /// takes it over. <see langword="null"/> once it was delivered or given up.
    /// </summary>
    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>How many attempts were begun.</summary>
    public int Attempts { get; set; }

    public DateTimeOffset? LastAttemptAt { get; set; }

    public int? LastStatus { get; set; }

    public string LastFault { get; set; } = "";

    public DateTimeOffset? DeliveredAt { get; set; }

    public DateTimeOffset? GivenUpAt { get; set; }
}

/// <summary>That a key has come so near to its end, once for each end and distance.</summary>
public sealed class ExpirationMark
{
    public Guid KeyId { get; set; }

    /// <summary>The end it is about: a key with another end passes its marks anew.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>30, 7 or 1 days before the end; 0: the end itself.</summary>
    public int Days { get; set; }

    public DateTimeOffset ReachedAt { get; set; }
}

/// <summary>That a person is to be mailed of a mark.</summary>
public sealed class ExpirationNotice
{
    public Guid KeyId { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    public int Days { get; set; }

    public Guid UserId { get; set; }

    public Guid TeamId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Before this nobody else takes it; set by whoever is sending it.</summary>
    public DateTimeOffset? TakenUntil { get; set; }

    public DateTimeOffset? SentAt { get; set; }
}
