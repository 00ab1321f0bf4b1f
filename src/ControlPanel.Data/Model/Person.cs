using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Data.Model;

/// <summary>A person who signs in. What they may do follows from their <see cref="Membership"/>s.</summary>
public sealed class Person : IdentityUser<Guid>
{
    public string DisplayName { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The last TOTP time step that was accepted, so that a code works once (RFC 6238 section 5.2).</summary>
    public long LastTotpStep { get; set; }

    /// <summary>The secret shared with the person's authenticator app, sealed; <see langword="null"/> without one.</summary>
    public byte[]? SealedTotpSecret { get; set; }
}

/// <summary>A code that stands in for a lost authenticator app, once. Kept as a hash.</summary>
public sealed class RecoveryCode
{
    public Guid Id { get; set; }

    public Guid UserId { get; set; }

    public byte[] CodeHash { get; set; } = [];

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>One signed-in browser. Its id is the <c>sid</c> claim; ending it ends every circuit and cookie that carries it.</summary>
public sealed class PersonSession
{
    public Guid Id { get; set; }

    public Guid UserId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>When the person last proved who they are; step-up counts from here.</summary>
    public DateTimeOffset AuthenticatedAt { get; set; }

    /// <summary>
    /// Whether the person showed two factors in it: a passkey that they unlocked, or a password and a code. What a team that
    /// requires two-factor authentication goes by; whether the account has a second factor says nothing about this browser.
    /// </summary>
    public bool ProvedTwoFactors { get; set; }

    public string? Address { get; set; }

    public string? Client { get; set; }

    /// <summary>The team the browser looks at; kept here so that no cookie or address has to be believed about it.</summary>
    public Guid? TeamId { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The change clock's value at the last start, switch or end; what every node's open pages catch up by.</summary>
    public long ChangeVersion { get; set; }
}
