using System.Collections.Concurrent;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// Tells the open pages of a person that a session or a membership of theirs changed, so that lost rights reach windows
/// in which nobody clicks. Looks at the change clock at every commit of this process and once a second for the others.
/// A hint: every operation reads the rights anew in any case.
/// </summary>
public sealed partial class AccessWatch : BackgroundService
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Subscription> _subscriptions = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly IControlPanelStore _store;
    private readonly ChangeSignal _signal;
    private readonly TimeProvider _clock;
    private readonly ILogger<AccessWatch> _log;
    private long _version;
    private Guid _epoch;

    public AccessWatch(IControlPanelStore store, ChangeSignal signal, TimeProvider clock, ILogger<AccessWatch> log)
    {
        _store = store;
        _signal = signal;
        _clock = clock;
        _log = log;
        _signal.Committed += OnCommitted;
    }

    /// <summary>Calls back whenever a session or membership of the person changes. The callback must not block.</summary>
    /// <returns>Ends the subscription when disposed.</returns>
    public IDisposable Subscribe(Guid userId, Action changed)
    {
        var subscription = new Subscription(this, Guid.CreateVersion7(_clock.GetUtcNow()), userId, changed);
        _subscriptions[subscription.Id] = subscription;
        return subscription;
    }

    /// <summary>How many pages listen.</summary>
    internal int Subscriptions => _subscriptions.Count;

    public override void Dispose()
    {
        _signal.Committed -= OnCommitted;
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var readable = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                readable = true;
            }
            catch (Exception e) when (StoreFaults.IsFromStore(e))
            {
                if (readable)
                {
                    Log.CannotLook(_log, e);
                }

                readable = false;
            }

            try
            {
                await _wake.WaitAsync(s_lookEvery, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        await using var db = _store.OpenRead();
        var now = await db.ChangeClocks.Select(c => new { c.Version, c.Epoch }).SingleAsync(ct);
        if (now.Version == _version && now.Epoch == _epoch)
        {
            return;
        }

        var since = _version;
        var first = _epoch == Guid.Empty;
        var restored = !first && (now.Epoch != _epoch || now.Version < since);
        (_version, _epoch) = (now.Version, now.Epoch);
        if (_subscriptions.IsEmpty)
        {
            return;
        }

        HashSet<Guid>? people = null;
        if (!restored && !first)
        {
            people =
            [
                .. await db.Memberships.Where(m => m.ChangeVersion > since).Select(m => m.UserId).ToListAsync(ct),
                .. await db.Sessions.Where(s => s.ChangeVersion > since).Select(s => s.UserId).ToListAsync(ct),
            ];
        }

        foreach (var subscription in _subscriptions.Values)
        {
            if (people is null || people.Contains(subscription.UserId))
            {
                subscription.Changed();
            }
        }
    }

    private void OnCommitted(long version)
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already awake.
        }
        catch (ObjectDisposedException)
        {
            // Stopping.
        }
    }

    private sealed class Subscription(AccessWatch watch, Guid id, Guid userId, Action changed) : IDisposable
    {
        public Guid Id { get; } = id;

        public Guid UserId { get; } = userId;

        public Action Changed { get; } = changed;

        public void Dispose() => watch._subscriptions.TryRemove(Id, out _);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AccessWatchCannotLook,
            LogLevel.Warning,
            "The store cannot be read; open pages learn of lost rights when it can be again. Operations refuse meanwhile."
        )]
        public static partial void CannotLook(ILogger logger, Exception exception);
    }
}
