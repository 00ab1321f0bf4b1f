namespace ControlPanel.Data.Operations.Sessions;

/// <summary>How somebody proved who they are when their session began. Closed.</summary>
public sealed record SignInProof
{
    private SignInProof(string name, bool isTwoFactor)
    {
        Name = name;
        IsTwoFactor = isTwoFactor;
    }

    /// <summary>A password, and nothing else yet.</summary>
    public static SignInProof Password { get; } = new("password", isTwoFactor: false);

    /// <summary>The code of an invitation, with a password that was just chosen.</summary>
    public static SignInProof Invitation { get; } = new("invitation", isTwoFactor: false);

    /// <summary>The code of the first set-up, with a password that was just chosen.</summary>
    public static SignInProof SetUpCode { get; } = new("set-up code", isTwoFactor: false);

    /// <summary>A passkey that its holder unlocked: something they have, and something they know or are.</summary>
    public static SignInProof Passkey { get; } = new("passkey", isTwoFactor: true);

    /// <summary>The code of an invitation, with a passkey that was just made.</summary>
    public static SignInProof InvitationAndPasskey { get; } = new("invitation and passkey", isTwoFactor: true);

    /// <summary>What the audit calls it.</summary>
    public string Name { get; }

    /// <summary>Whether a team that requires two-factor authentication lets its holder in.</summary>
    public bool IsTwoFactor { get; }

    /// <summary>The first proof of that name, to which a second is to come; <see langword="null"/> when there is none.</summary>
    public static SignInProof? First(string? name) =>
        name == Password.Name ? Password
        : name == Invitation.Name ? Invitation
        : null;

    /// <summary>And a code of the authenticator app.</summary>
    public SignInProof AndCode() => new($"{Name} and code", isTwoFactor: true);

    /// <summary>And a recovery code.</summary>
    public SignInProof AndRecoveryCode() => new($"{Name} and recovery code", isTwoFactor: true);
}
