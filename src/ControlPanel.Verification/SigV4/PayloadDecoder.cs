namespace ControlPanel.Verification.SigV4;

/// <summary>What a call of <see cref="PayloadDecoder.Decode"/> ended with.</summary>
public enum PayloadProgress : byte
{
    /// <summary>All input was taken; more is needed.</summary>
    NeedsInput = 0,

    /// <summary>The output is full; call again with more room.</summary>
    HasOutput,

    /// <summary>Everything was verified and written.</summary>
    Complete,

    /// <summary>The body is refused; see <see cref="PayloadDecoder.Fault"/>.</summary>
    Failed,
}

/// <summary>
/// Verifies a body as it passes. The last byte is held back until everything about the body has been verified: whoever
/// forwards what comes out can never have sent a complete body that turns out to be wrong.
/// </summary>
public abstract class PayloadDecoder : IDisposable
{
    /// <summary>Why the body is refused. Stays once it is set.</summary>
    public PayloadFault Fault { get; private set; }

    /// <summary>Takes input and writes verified bytes.</summary>
    /// <param name="input">The next bytes of the body; may be empty to ask for what is ready.</param>
    /// <param name="output">Room for decoded bytes.</param>
    /// <param name="consumed">How much of the input was taken; the rest must be offered again.</param>
    /// <param name="written">How much was written. Only these bytes are verified.</param>
    public PayloadProgress Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = written = 0;
        if (Fault is not PayloadFault.None)
        {
            return PayloadProgress.Failed;
        }

        var progress = Step(input, output, ref consumed, ref written);
        if (Fault is not PayloadFault.None)
        {
            written = 0;
            return PayloadProgress.Failed;
        }

        return progress;
    }

    /// <summary>Says that the body has ended. Until then nothing is complete.</summary>
    public abstract void EndInput();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses the body.</summary>
    protected void Fail(PayloadFault fault) => Fault = fault;

    /// <summary>Does the work of <see cref="Decode"/>.</summary>
    protected abstract PayloadProgress Step(
        ReadOnlySpan<byte> input,
        Span<byte> output,
        ref int consumed,
        ref int written
    );

    /// <summary>Lets go of hashes and buffers.</summary>
    protected abstract void Dispose(bool disposing);
}
