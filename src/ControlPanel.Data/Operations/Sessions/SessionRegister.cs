using System.Collections.Concurrent;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// Answers, for every request and every click, whether a session is in force. Reads are cached until anything is
/// committed in this process, and for two seconds at most (another node may have ended it); activity is written in
/// batches, as it changes nothing but the idle limit.
/// </summary>
public sealed partial class SessionRegister : BackgroundService
{
    private static readonly TimeSpan s_cacheFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_writeEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Guid, Cached> _cache = new();
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _seen = new();
    private readonly IControlPanelStore _store;
    private readonly ChangeSignal _signal;
    private readonly TimeProvider _clock;
    private readonly ILogger<SessionRegister> _log;
    private long _commits;

    public SessionRegister(
        IControlPanelStore store,
        ChangeSignal signal,
        TimeProvider clock,
        ILogger<SessionRegister> log
    )
    {
        _store = store;
        _signal = signal;
        _clock = clock;
        _log = log;
        _signal.Committed += OnCommitted;
    }

    /// <summary>Whether the session is in force, belongs to that person, and was begun under their present stamp.</summary>
    public async ValueTask<bool> IsAliveAsync(Guid sessionId, Guid userId, string? stamp, CancellationToken ct)
    {
        var state = await FindAsync(sessionId, ct);
        if (state is null || state.UserId != userId || !string.Equals(state.Stamp, stamp, StringComparison.Ordinal))
        {
            return false;
        }

        var lastSeen = _seen.TryGetValue(sessionId, out var seen) && seen > state.LastSeenAt ? seen : state.LastSeenAt;
        return SessionLimits.IsAlive(state.CreatedAt, lastSeen, state.EndedAt, _clock.GetUtcNow());
    }

    /// <summary>Notes that the session was used just now.</summary>
    public void Touch(Guid sessionId) => _seen[sessionId] = _clock.GetUtcNow();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WriteAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _signal.Committed -= OnCommitted;
        base.Dispose();
    }

    /// <summary>Writes what was touched; forward only.</summary>
    internal async Task WriteAsync(CancellationToken ct)
    {
        foreach (var (id, cached) in _cache)
        {
            if (_clock.GetElapsedTime(cached.ReadAt) > s_cacheFor)
            {
                _cache.TryRemove(id, out _);
            }
        }

        var seen = _seen.ToArray();
        if (seen.Length == 0)
        {
            return;
        }

        try
        {
            await using var transaction = await _store.BeginWriteAsync(ct);
            var db = transaction.Db;
            foreach (var (id, at) in seen)
            {
                await db
                    .Sessions.Where(s => s.Id == id && s.EndedAt == null && s.LastSeenAt < at)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, at), ct);
                await db
                    .Memberships.Where(m =>
                        m.RemovedAt == null
                        && db.Sessions.Any(s => s.Id == id && s.UserId == m.UserId && s.TeamId == m.TeamId)
                    )
                    .ExecuteUpdateAsync(set => set.SetProperty(m => m.LastActiveAt, at), ct);
            }

            await transaction.CommitAsync(ct);
        }
        catch (Exception e) when (StoreFaults.IsFromStore(e))
        {
            // Kept for the next time: nothing but an idle limit depends on it.
            Log.NotWritten(_log, seen.Length, e);
            return;
        }

        foreach (var pair in seen)
        {
            // Only what was written: a touch that came meanwhile stays.
            _seen.TryRemove(pair);
        }

        // The written times must be read back before the remembered ones are missed.
        _cache.Clear();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_writeEvery, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await WriteAsync(stoppingToken);
        }
    }

    private void OnCommitted(long version) => Interlocked.Increment(ref _commits);

    private async ValueTask<State?> FindAsync(Guid sessionId, CancellationToken ct)
    {
        var commits = Interlocked.Read(ref _commits);
        if (
            _cache.TryGetValue(sessionId, out var cached)
            && cached.Commits == commits
            && _clock.GetElapsedTime(cached.ReadAt) < s_cacheFor
        )
        {
            return cached.State;
        }

        var readAt = _clock.GetTimestamp();
        await using var db = _store.OpenRead();
        var state = await db
            .Sessions.Where(s => s.Id == sessionId)
            .Join(
                db.Users,
                s => s.UserId,
                u => u.Id,
                (s, u) => new State(s.UserId, u.SecurityStamp, s.CreatedAt, s.LastSeenAt, s.EndedAt)
            )
            .SingleOrDefaultAsync(ct);
        _cache[sessionId] = new Cached(state, readAt, commits);
        return state;
    }

    private sealed record State(
        Guid UserId,
        string? Stamp,
        DateTimeOffset CreatedAt,
        DateTimeOffset LastSeenAt,
        DateTimeOffset? EndedAt
    );

    // The count of commits is taken before the read: one that lands during it makes the entry stale at once.
    private sealed record Cached(State? State, long ReadAt, long Commits);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionActivityNotWritten,
            LogLevel.Warning,
            "The last activity of {Count} sessions could not be written; it is tried again."
        )]
        public static partial void NotWritten(ILogger logger, int count, Exception exception);
    }
}
