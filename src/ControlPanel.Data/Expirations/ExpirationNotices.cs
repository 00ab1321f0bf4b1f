using ControlPanel.Data.Providers;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Expirations;

/// <summary>A key in a mail.</summary>
/// <param name="Place">The label of its namespace; empty for other families.</param>
/// <param name="IsOwn">Whether the person made it.</param>
public sealed record ExpiringLine(
    string Team,
    KeyFamily Family,
    string Name,
    string Place,
    DateTimeOffset ExpiresAt,
    bool IsOwn
);

/// <summary>What one person is to be mailed.</summary>
/// <param name="TakenUntil">By when it must be sent; names what was taken.</param>
/// <param name="Lines">The soonest first; at least one.</param>
public sealed record ExpirationMessage(
    Guid UserId,
    string Email,
    DateTimeOffset TakenUntil,
    IReadOnlyList<ExpiringLine> Lines
);

/// <summary>
/// What people are to be mailed of keys that come to their end: at most once a day each, and at most once an hour of keys
/// that end before a day is over.
/// </summary>
public sealed class ExpirationNotices(IControlPanelStore store, TimeProvider clock)
{
    /// <summary>The least time between two mails to one person.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromHours(24);

    /// <summary>The least time between two mails to one person when the second tells of a key's last day.</summary>
    public static readonly TimeSpan LastDayPause = TimeSpan.FromHours(1);

    /// <summary>How long whoever takes a message may need to send it.</summary>
    public static readonly TimeSpan TakenFor = TimeSpan.FromMinutes(2);

    /// <summary>The pause after a mail that could not be sent.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromMinutes(15);

    // A mail server that was away for longer is not flooded with what the pages have shown meanwhile.
    private static readonly TimeSpan s_waits = TimeSpan.FromDays(3);

    /// <summary>Takes the message of one person who is to be mailed.</summary>
    /// <returns><see langword="null"/> when nobody is, or another node sees to it.</returns>
    public async Task<ExpirationMessage?> TakeAsync(CancellationToken ct)
    {
        await using (var look = store.OpenRead())
        {
            if (!await Waiting(look).AnyAsync(ct))
            {
                return null;
            }
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        // One node at a time: two mails on one day would be one too many.
        await transaction.TickAsync(ct);
        var db = transaction.Db;
        while (await Waiting(db).OrderBy(n => n.UserId).FirstOrDefaultAsync(ct) is { } first)
        {
            var now = clock.GetUtcNow();
            var until = now + TakenFor;
            var person = first.UserId;
            var lines = await (
                from notice in db.ExpirationNotices
                join key in db.AccessKeys on notice.KeyId equals key.Id
                join team in db.Teams on key.TeamId equals team.Id
                join member in db.Memberships
                    on new { key.TeamId, UserId = person } equals new { member.TeamId, member.UserId }
                join ns in db.Namespaces on key.NamespaceId equals ns.Id into namespaces
                from ns in namespaces.DefaultIfEmpty()
                where notice.UserId == person && notice.SentAt == null && notice.ExpiresAt > now
                // As it is now: a key that was revoked or a person who left since needs no mail.
                where key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt == notice.ExpiresAt)
                where member.RemovedAt == null && (member.Role == TeamRole.Owner || key.OwnerId == person)
                orderby notice.ExpiresAt, key.Id
                select new
                {
                    notice.KeyId,
                    Line = new ExpiringLine(
                        team.Name,
                        key.Family,
                        key.IsLegacy && key.Family == KeyFamily.Functions ? "Legacy credential" : key.Name,
                        ns == null ? "" : ns.Label,
                        notice.ExpiresAt,
                        key.OwnerId == person
                    ),
                }
            ).ToListAsync(ct);
            var email = await db.Users.Where(u => u.Id == person).Select(u => u.Email).SingleOrDefaultAsync(ct);
            var theirs = db.ExpirationNotices.Where(n => n.UserId == person && n.SentAt == null);
            if (lines.Count == 0 || string.IsNullOrEmpty(email))
            {
                await theirs.ExecuteDeleteAsync(ct);
                continue;
            }

            await theirs.ExecuteUpdateAsync(set => set.SetProperty(n => n.TakenUntil, until), ct);
            await transaction.CommitAsync(ct);
            return new ExpirationMessage(person, email, until, [.. lines.DistinctBy(l => l.KeyId).Select(l => l.Line)]);
        }

        await transaction.CommitAsync(ct);
        return null;
    }

    /// <summary>Notes that a message was sent, or lets it be tried again later.</summary>
    public async Task NoteAsync(ExpirationMessage message, bool isSent, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        var theirs = transaction.Db.ExpirationNotices.Where(n =>
            n.UserId == message.UserId && n.SentAt == null && n.TakenUntil == message.TakenUntil
        );
        await (
            isSent
                ? theirs.ExecuteUpdateAsync(set => set.SetProperty(n => n.SentAt, now), ct)
                : theirs.ExecuteUpdateAsync(set => set.SetProperty(n => n.TakenUntil, now + RetryPause), ct)
        );
        await transaction.CommitAsync(ct);
    }

    private IQueryable<Model.ExpirationNotice> Waiting(ControlPanelDb db)
    {
        var now = clock.GetUtcNow();
        var since = now - s_waits;
        var lastMail = now - Pause;
        var lastHour = now - LastDayPause;
        var lastDay = now + Pause;
        return db.ExpirationNotices.Where(n =>
            n.SentAt == null
            && n.CreatedAt > since
            // None of theirs is being sent, and none was within a day: a key that ends before would be told of too late.
            && !db.ExpirationNotices.Any(o =>
                o.UserId == n.UserId
                && (
                    (o.SentAt > lastMail && (n.ExpiresAt > lastDay || o.SentAt > lastHour))
                    || (o.SentAt == null && o.TakenUntil > now)
                )
            )
        );
    }
}
