using System.Net;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Usage;

/// <summary>One refused request, as the log takes it. Nothing in it is a secret.</summary>
/// <param name="Operation">What was asked, in the door's terms.</param>
public sealed record RefusedRequest(
    string RequestId,
    KeyFamily Family,
    DenialReason Reason,
    KeyRecord? Key,
    string Operation,
    IPAddress? Address,
    string? Client
);

/// <summary>
/// Keeps why requests were refused, so that an owner can look a request id up. Bounded in memory and on disk whatever
/// arrives: refusals alike within one flush become one entry with a count, and what does not fit is counted, not kept.
/// </summary>
public sealed partial class RefusalLog(
    IControlPanelStore store,
    RetentionRules rules,
    TimeProvider clock,
    ILogger<RefusalLog> logger
) : BackgroundService
{
    /// <summary>How many different refusals one flush interval may gather.</summary>
    public const int MaxGathered = 2_000;

    /// <summary>How often what gathered is written.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _oneFlush = new(1, 1);
    private Dictionary<Likeness, RefusedUse> _gathered = [];
    private long _dropped;
    private int _flushes;

    /// <summary>Records one refusal. Never waits, never fails.</summary>
    public void Record(RefusedRequest request)
    {
        var address = KeptText.Of(request.Address);
        var likeness = new Likeness(
            request.Family,
            request.Reason,
            request.Key?.Id,
            address,
            // Requests that named a key are few and each is worth its own line; noise is folded by source.
            request.Key
                is null
                ? ""
                : request.RequestId
        );
        lock (_gate)
        {
            if (_gathered.TryGetValue(likeness, out var alike))
            {
                alike.Count++;
                return;
            }

            if (_gathered.Count >= MaxGathered)
            {
                _dropped++;
                return;
            }

            _gathered[likeness] = new RefusedUse
            {
                RequestId = KeptText.Of(request.RequestId, 64),
                At = clock.GetUtcNow(),
                TeamId = request.Key?.TeamId,
                KeyId = request.Key?.Id,
                Family = request.Family,
                Reason = request.Reason,
                Operation = KeptText.Of(request.Operation, 512),
                Address = address,
                Client = KeptText.Of(request.Client, 256),
            };
        }
    }

    /// <summary>Writes what gathered. Called by the timer, at stop, and by tests.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        // Whoever asks for a flush finds everything written afterwards, also what another one had just taken out.
        await _oneFlush.WaitAsync(ct);
        try
        {
            await WriteGatheredAsync(ct);
        }
        finally
        {
            _oneFlush.Release();
        }
    }

    public override void Dispose()
    {
        _oneFlush.Dispose();
        base.Dispose();
    }

    private async Task WriteGatheredAsync(CancellationToken ct)
    {
        Dictionary<Likeness, RefusedUse> gathered;
        long dropped;
        lock (_gate)
        {
            (gathered, _gathered) = (_gathered, []);
            (dropped, _dropped) = (_dropped, 0);
        }

        if (dropped > 0)
        {
            Log.RefusalsDropped(logger, dropped);
        }

        if (gathered.Count == 0)
        {
            return;
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        transaction.Db.RefusedUses.AddRange(gathered.Values);
        await transaction.Db.SaveChangesAsync(ct);
        if (_flushes++ % 60 == 0)
        {
            var newest = await transaction.Db.RefusedUses.MaxAsync(r => (long?)r.Id, ct) ?? 0;
            await transaction.Db.RefusedUses.Where(r => r.Id <= newest - rules.RefusedUses).ExecuteDeleteAsync(ct);
        }

        await transaction.CommitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(FlushInterval, clock, stoppingToken);
                // Not to be broken off by a stop: what was taken out to be written would be lost.
                await FlushAsync(CancellationToken.None);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Log.RefusalsNotWritten(logger, e);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception e)
        {
            Log.RefusalsNotWritten(logger, e);
        }
    }

    private readonly record struct Likeness(
        KeyFamily Family,
        DenialReason Reason,
        Guid? KeyId,
        string Address,
        string Distinct
    );

    private static partial class Log
    {
        [LoggerMessage(EventIds.RefusalsNotWritten, LogLevel.Error, "Refused requests could not be written")]
        public static partial void RefusalsNotWritten(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.RefusalsDropped,
            LogLevel.Warning,
            "{Count} refused requests were counted but not kept: too many different ones at once"
        )]
        public static partial void RefusalsDropped(ILogger logger, long count);
    }
}
