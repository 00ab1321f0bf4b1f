using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>Bytes that look random and are the same in every run of the same seed. For tests alone: it is predictable.</summary>
internal sealed class RepeatableSecretSource(int seed = 20261121) : ISecretSource
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();

    public void Fill(Span<byte> destination)
    {
        lock (_gate)
        {
            _random.NextBytes(destination);
        }
    }
}
