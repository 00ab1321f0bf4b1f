using System.Collections.Concurrent;
using System.Globalization;

namespace ControlPanel.Api;

/// <summary>
/// The limits of each token (contract 1.3): 5,000 requests in any hour and 250 in any minute, both sliding. Kept for
/// tokens in use only; one entry holds at most one number a second of the last hour.
/// </summary>
internal sealed class ApiRateLimits(TimeProvider clock)
{
    /// <summary>Requests in any hour.</summary>
    public const int PerHour = 5_000;

    /// <summary>Requests in any minute.</summary>
    public const int PerMinute = 250;

    private const int Hour = 3600;
    private const int Minute = 60;

    private readonly ConcurrentDictionary<Guid, Window> _windows = new();
    private long _lastSweep;

    /// <summary>Counts a request and writes the headers.</summary>
    /// <returns>Whether it may go on.</returns>
    public bool TryTake(Guid tokenId, IHeaderDictionary headers)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        Sweep(now);
        var window = _windows.GetOrAdd(tokenId, static _ => new Window());
        lock (window)
        {
            window.Forget(now - Hour);
            var lastMinute = window.CountSince(now - Minute);
            var allowed = window.Total < PerHour && lastMinute < PerMinute;
            if (allowed)
            {
                window.Add(now);
            }

            var remaining = lastMinute >= PerMinute ? 0 : Math.Max(0, PerHour - window.Total);
            headers["ratelimit-limit"] = PerHour.ToString(CultureInfo.InvariantCulture);
            headers["ratelimit-remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
            headers["ratelimit-reset"] = (window.Oldest(now) + Hour).ToString(CultureInfo.InvariantCulture);
            if (!allowed && lastMinute >= PerMinute)
            {
                headers.RetryAfter = Math.Max(1, window.OldestSince(now - Minute, now) + Minute - now)
                    .ToString(CultureInfo.InvariantCulture);
            }

            return allowed;
        }
    }

    private void Sweep(long now)
    {
        var last = Interlocked.Read(ref _lastSweep);
        if (now - last < Minute || Interlocked.CompareExchange(ref _lastSweep, now, last) != last)
        {
            return;
        }

        foreach (var (id, window) in _windows)
        {
            lock (window)
            {
                window.Forget(now - Hour);
                if (window.Total == 0)
                {
                    _windows.TryRemove(new KeyValuePair<Guid, Window>(id, window));
                }
            }
        }
    }

    private sealed class Window
    {
        private readonly Queue<(long Second, int Count)> _seconds = new();
        private (long Second, int Count) _current;

        public int Total { get; private set; }

        public void Add(long second)
        {
            if (_current.Second != second)
            {
                if (_current.Count > 0)
                {
                    _seconds.Enqueue(_current);
                }

                _current = (second, 0);
            }

            _current.Count++;
            Total++;
        }

        public void Forget(long upTo)
        {
            while (_seconds.TryPeek(out var oldest) && oldest.Second <= upTo)
            {
                Total -= _seconds.Dequeue().Count;
            }

            if (_current.Count > 0 && _current.Second <= upTo)
            {
                Total -= _current.Count;
                _current = default;
            }
        }

        public int CountSince(long after) =>
            _seconds.Where(s => s.Second > after).Sum(s => s.Count) + (_current.Second > after ? _current.Count : 0);

        public long Oldest(long otherwise) =>
            _seconds.TryPeek(out var oldest) ? oldest.Second
            : _current.Count > 0 ? _current.Second
            : otherwise;

        public long OldestSince(long after, long otherwise)
        {
            foreach (var (second, _) in _seconds)
            {
                if (second > after)
                {
                    return second;
                }
            }

            return _current.Count > 0 ? _current.Second : otherwise;
        }
    }
}
