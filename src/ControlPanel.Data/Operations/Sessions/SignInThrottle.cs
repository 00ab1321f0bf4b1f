using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// Slows guessing down by source and account together. A lock on the account alone would let anybody lock an owner out;
/// so each source that fails waits longer and longer, and every other source still gets its try. Counts a try before its
/// outcome is known, so that a hundred at once gain nothing. Known and unknown accounts are treated alike.
/// </summary>
public sealed class SignInThrottle(TimeProvider clock)
{
    /// <summary>Failures of one source that cost no wait: people mistype.</summary>
    public const int Free = 5;

    /// <summary>
    /// Failures of an account from all sources together after which no source has free tries any more (NIST SP 800-63B-4
    /// section 3.2.2 names 100); a source that did not fail yet still gets one.
    /// </summary>
    public const int AccountLimit = 100;

    /// <summary>The longest wait.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(15);

    /// <summary>After so long without a try a source starts anew.</summary>
    public static TimeSpan ForgottenAfter { get; } = TimeSpan.FromHours(24);

    // About 150 bytes an entry: 15 MB at the most, however many sources there are.
    internal const int Capacity = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byAge = [];

    /// <summary>How many sources and accounts are remembered.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Asks for a try. When it is given it counts as failed until <see cref="Succeeded"/>.</summary>
    /// <param name="account">The e-mail address as typed.</param>
    /// <returns><see cref="TimeSpan.Zero"/> when the try may be made; otherwise how long to wait.</returns>
    public TimeSpan TryBegin(IPAddress? source, string account)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var pair = Take(Key(Network(source), account), now);
            if (pair.NotBefore > now)
            {
                return pair.NotBefore - now;
            }

            var all = Take(Key("all sources", account), now);
            all.Failures++;
            pair.Failures++;
            pair.NotBefore = now + WaitAfter(pair.Failures, all.Failures);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The try was good: the source and the account start anew.</summary>
    public void Succeeded(IPAddress? source, string account)
    {
        lock (_gate)
        {
            Remove(Key(Network(source), account));
            Remove(Key("all sources", account));
        }
    }

    private static TimeSpan WaitAfter(int failures, int accountFailures)
    {
        if (accountFailures >= AccountLimit)
        {
            return LongestWait;
        }

        return failures < Free ? TimeSpan.Zero
            : failures - Free >= 10 ? LongestWait
            : TimeSpan.FromSeconds(Math.Min(1 << (failures - Free), LongestWait.TotalSeconds));
    }

    private Entry Take(UInt128 key, DateTimeOffset now)
    {
        if (_entries.TryGetValue(key, out var node))
        {
            _byAge.Remove(node);
            if (now - node.Value.LastTry > ForgottenAfter)
            {
                node.Value = new Entry(key);
            }
        }
        else
        {
            if (_entries.Count >= Capacity)
            {
                Remove(_byAge.First!.Value.Key);
            }

            node = new LinkedListNode<Entry>(new Entry(key));
            _entries.Add(key, node);
        }

        node.Value.LastTry = now;
        _byAge.AddLast(node);
        return node.Value;
    }

    private void Remove(UInt128 key)
    {
        if (_entries.Remove(key, out var node))
        {
            _byAge.Remove(node);
        }
    }

    // Hashed, so that an entry has one size whatever was typed.
    private static UInt128 Key(string source, string account)
    {
        var text = $"{source}\n{account.Trim().ToUpperInvariant()}";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    // One IPv6 customer commands a whole /64.
    private static string Network(IPAddress? source)
    {
        if (source is null)
        {
            return "unknown source";
        }

        var address = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }

    private sealed class Entry(UInt128 key)
    {
        public UInt128 Key { get; } = key;

        public int Failures { get; set; }

        public DateTimeOffset NotBefore { get; set; }

        public DateTimeOffset LastTry { get; set; }
    }
}
