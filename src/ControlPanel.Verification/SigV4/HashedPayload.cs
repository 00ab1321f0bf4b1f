using System.Security.Cryptography;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// A body whose SHA-256 was signed: passed through while it is hashed, its last byte only when the hash fits.
/// </summary>
internal sealed class HashedPayload : PayloadDecoder
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _expected;
    private byte _held;
    private bool _holds;
    private bool _ended;

    public HashedPayload(ReadOnlySpan<char> lowerHex) => _expected = Convert.FromHexString(lowerHex);

    public override void EndInput()
    {
        if (_ended || Fault is not PayloadFault.None)
        {
            return;
        }

        Span<byte> actual = stackalloc byte[32];
        _sha256.GetHashAndReset(actual);
        _ended = true;
        if (!CryptographicOperations.FixedTimeEquals(actual, _expected))
        {
            Fail(PayloadFault.WrongHash);
        }
    }

    protected override PayloadProgress Step(
        ReadOnlySpan<byte> input,
        Span<byte> output,
        ref int consumed,
        ref int written
    )
    {
        if (_ended)
        {
            if (!input.IsEmpty)
            {
                Fail(PayloadFault.DataAfterEnd);
                return PayloadProgress.Failed;
            }

            if (_holds && output.IsEmpty)
            {
                return PayloadProgress.HasOutput;
            }

            if (_holds)
            {
                output[written++] = _held;
                _holds = false;
            }

            return PayloadProgress.Complete;
        }

        if (input.IsEmpty)
        {
            return PayloadProgress.NeedsInput;
        }

        if (_holds && output.IsEmpty)
        {
            return PayloadProgress.HasOutput;
        }

        // One byte goes in for each that comes out, and the last one that went in stays.
        consumed = Math.Min(input.Length, _holds ? output.Length : output.Length + 1);
        _sha256.AppendData(input[..consumed]);
        if (_holds)
        {
            output[written++] = _held;
        }

        input[..(consumed - 1)].CopyTo(output[written..]);
        written += consumed - 1;
        _held = input[consumed - 1];
        _holds = true;
        return consumed == input.Length ? PayloadProgress.NeedsInput : PayloadProgress.HasOutput;
    }

    protected override void Dispose(bool disposing) => _sha256.Dispose();
}
