using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Webhooks;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Audit;

/// <summary>
/// The audit log as a chain: each entry's MAC covers its own fields and the MAC before it, under a key of the master
/// key. Whoever can write the database but not read the master key can neither alter nor rebuild it unnoticed.
/// </summary>
public sealed class AuditChain(MasterKey masterKey, TimeProvider clock)
{
    /// <summary>The result of what happened.</summary>
    public const string Done = "done";

    /// <summary>The result of what was refused.</summary>
    public const string Refused = "refused";

    private readonly ConcurrentDictionary<int, byte[]> _keys = new();

    /// <summary>
    /// Appends entries within the caller's transaction, which must hold the change clock, and lays out what the team's
    /// webhooks are to tell of them.
    /// </summary>
    internal async Task AppendAsync(
        ControlPanelDb db,
        Actor actor,
        IReadOnlyList<AuditNote> notes,
        string result,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (notes.Count == 0)
        {
            return;
        }

        var name =
            actor.UserId == Guid.Empty
                ? actor.Door == Door.Command
                    ? "operator"
                    : "system"
                : await db.Users.Where(u => u.Id == actor.UserId).Select(u => u.Email).SingleOrDefaultAsync(ct) ?? "";
        var last = await db
            .AuditEntries.AsNoTracking()
            .OrderByDescending(a => a.Sequence)
            .Select(a => new { a.Sequence, a.Mac })
            .FirstOrDefaultAsync(ct);
        var sequence = last?.Sequence ?? 0;
        var previous = last?.Mac ?? [];
        var group = Guid.CreateVersion7(clock.GetUtcNow());
        var added = new List<AuditEntry>(notes.Count);
        foreach (var note in notes)
        {
            // What a database would store otherwise than it was given would not fit its own MAC later.
            var entry = new AuditEntry
            {
                Sequence = ++sequence,
                At = now,
                TeamId = actor.TeamId == Guid.Empty ? null : actor.TeamId,
                ActorId = actor.UserId == Guid.Empty ? null : actor.UserId,
                ActorName = KeptText.Of(name),
                Door = actor.Door.ToString().ToLowerInvariant(),
                Action = note.Action,
                TargetKind = note.TargetKind,
                TargetId = KeptText.Of(note.TargetId),
                TargetName = KeptText.Of(note.TargetName),
                Result = result,
                Details = note.Details,
                Address = actor.Address?.ToString() ?? "",
                RequestId = KeptText.Of(actor.RequestId),
                GroupId = group,
                MasterKeyVersion = masterKey.CurrentVersion,
            };
            entry.Mac = Mac(entry, previous);
            previous = entry.Mac;
            added.Add(entry);
        }

        db.AuditEntries.AddRange(added);
        if (result == Done)
        {
            await WebhookOutbox.AddAsync(db, added, ct);
        }
    }

    /// <summary>Verifies the whole log, entry by entry, in constant memory.</summary>
    /// <param name="db">A context with one consistent view of the table.</param>
    public async Task<ChainVerdict> VerifyAsync(ControlPanelDb db, CancellationToken ct)
    {
        var previous = Array.Empty<byte>();
        long verified = 0;
        // What was noted elsewhere as the end of the log at some time must still be in it, unchanged.
        var anchors = await db.AuditAnchors.AsNoTracking().ToDictionaryAsync(a => a.Sequence, a => a.Mac, ct);
        await foreach (
            var entry in db
                .AuditEntries.AsNoTracking()
                .OrderBy(a => a.Sequence)
                .AsAsyncEnumerable()
                .WithCancellation(ct)
        )
        {
            if (entry.Sequence != verified + 1)
            {
                return new ChainVerdict.Broken(verified + 1, ChainFault.Missing, verified);
            }

            if (!masterKey.Has(entry.MasterKeyVersion))
            {
                return new ChainVerdict.Broken(entry.Sequence, ChainFault.UnknownMasterKey, verified);
            }

            if (
                !CryptographicOperations.FixedTimeEquals(Mac(entry, previous), entry.Mac)
                || (
                    anchors.TryGetValue(entry.Sequence, out var anchored) && !anchored.AsSpan().SequenceEqual(entry.Mac)
                )
            )
            {
                return new ChainVerdict.Broken(entry.Sequence, ChainFault.Altered, verified);
            }

            previous = entry.Mac;
            verified++;
        }

        return anchors.Keys.Any(a => a > verified)
            ? new ChainVerdict.Broken(verified + 1, ChainFault.Missing, verified)
            : new ChainVerdict.Intact(verified);
    }

    /// <summary>The MAC an entry must have after the given one.</summary>
    /// <exception cref="KeyNotFoundException">The master key does not hold the entry's version.</exception>
    public byte[] Mac(AuditEntry entry, ReadOnlySpan<byte> previous)
    {
        using var hash = IncrementalHash.CreateHMAC(
            HashAlgorithmName.SHA256,
            _keys.GetOrAdd(entry.MasterKeyVersion, static (version, key) => key.Derive(version, "audit"), masterKey)
        );
        hash.AppendData(previous);
        Append(hash, entry.Sequence);
        Append(hash, entry.At.UtcTicks);
        Append(hash, entry.TeamId);
        Append(hash, entry.ActorId);
        Append(hash, entry.ActorName);
        Append(hash, entry.Door);
        Append(hash, entry.Action);
        Append(hash, entry.TargetKind);
        Append(hash, entry.TargetId);
        Append(hash, entry.TargetName);
        Append(hash, entry.Result);
        Append(hash, entry.Details);
        Append(hash, entry.Address);
        Append(hash, entry.RequestId);
        Append(hash, entry.GroupId);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, Guid? value)
    {
        Span<byte> bytes = stackalloc byte[17];
        bytes.Clear();
        if (value is { } guid)
        {
            bytes[0] = 1;
            guid.TryWriteBytes(bytes[1..]);
        }

        hash.AppendData(bytes);
    }

    // Length first: without it "ab"+"c" and "a"+"bc" would be one text.
    private static void Append(IncrementalHash hash, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }
}
