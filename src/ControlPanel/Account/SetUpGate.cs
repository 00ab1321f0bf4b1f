using ControlPanel.Data.Operations.Teams;

namespace ControlPanel.Account;

/// <summary>Whether the first set-up is still to be done. Once it is done it stays so, and no more is asked.</summary>
public sealed class SetUpGate(SetUpInstallation setUp)
{
    private volatile bool _isDone;

    /// <summary>Whether nobody exists yet.</summary>
    public async Task<bool> IsOpenAsync(CancellationToken ct)
    {
        if (!_isDone)
        {
            _isDone = !await setUp.IsNeededAsync(ct);
        }

        return !_isDone;
    }
}
