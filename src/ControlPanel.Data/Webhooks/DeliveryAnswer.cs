namespace ControlPanel.Data.Webhooks;

/// <summary>What came of one attempt. Closed.</summary>
public abstract record DeliveryAnswer
{
    private DeliveryAnswer() { }

    /// <summary>The receiver answered.</summary>
    /// <param name="Status">2xx: it has the event. 410: it wants no more, ever. Anything else: again later.</param>
    public sealed record Answered(int Status) : DeliveryAnswer;

    /// <summary>No answer came.</summary>
    public sealed record NotAnswered(DeliveryFault Fault) : DeliveryAnswer;
}

/// <summary>Why no answer came.</summary>
public enum DeliveryFault
{
    /// <summary>This server does not connect there: the addresses of the name are not allowed, or it is without TLS.</summary>
    AddressRefused,

    /// <summary>The name leads nowhere.</summary>
    NameNotFound,

    /// <summary>Nobody listens there.</summary>
    NotReachable,

    /// <summary>The receiver's certificate is not one to trust.</summary>
    NotTrusted,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The connection broke, or what came was no HTTP.</summary>
    Broken,

    /// <summary>The signing secret does not open under this master key.</summary>
    SecretUnreadable,

    /// <summary>The webhook was turned off while this waited.</summary>
    TurnedOff,
}
