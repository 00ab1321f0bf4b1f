using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>Calls of a key in one hour or on one day.</summary>
/// <param name="From">Its beginning, in UTC.</param>
/// <param name="Calls">Accepted.</param>
public sealed record UsageSpan(DateTimeOffset From, long Calls, long Refused);

/// <summary>Everything there is to see about one key and its use.</summary>
/// <param name="Place">The label of the namespace for a namespace key; empty for others.</param>
/// <param name="CreatedBy">Empty when that person is no longer known, or for a shared legacy credential.</param>
/// <param name="FirstUsedAt"><see langword="null"/>: never used.</param>
/// <param name="TotalCalls">Accepted calls since the key was made.</param>
/// <param name="Hours">The last 24 hours, oldest first, without gaps; the last one is the present hour.</param>
/// <param name="Days">The last 30 days by UTC, oldest first, without gaps; the last one is today.</param>
/// <param name="Callers">Who called within 30 days, most recent first; at most 100.</param>
public sealed record KeyUsageView(
    Guid Id,
    KeyFamily Family,
    bool IsLegacy,
    string Name,
    string PublicId,
    string Place,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    KeyStatus Status,
    DateTimeOffset? FirstUsedAt,
    DateTimeOffset? LastUsedAt,
    string? LastAddress,
    string? LastClient,
    long TotalCalls,
    IReadOnlyList<UsageSpan> Hours,
    IReadOnlyList<UsageSpan> Days,
    IReadOnlyList<CallerView> Callers
);

/// <summary>Reads how a key of any family was used.</summary>
public sealed class GetKeyUsage(OperationRunner runner)
{
    private const int HourCount = 24;
    private const int DayCount = 30;

    /// <summary>
    /// Needs the reading permission of the family. Model keys and tokens must be the actor's own unless they are an
    /// owner; what is not theirs to know is missing.
    /// </summary>
    public Task<Outcome<KeyUsageView>> ExecuteAsync(Actor actor, KeyFamily family, Guid id, CancellationToken ct) =>
        runner.ReadAsync<KeyUsageView>(
            actor,
            KeyPermissions.Read(family),
            async context =>
            {
                var db = context.Db;
                var found = await (
                    from key in context.KnownKeys()
                    where key.Id == id && key.Family == family
                    join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join owner in db.Users on key.OwnerId equals owner.Id into owners
                    from owner in owners.DefaultIfEmpty()
                    join ns in db.Namespaces on key.NamespaceId equals ns.Id into namespaces
                    from ns in namespaces.DefaultIfEmpty()
                    select new
                    {
                        Key = key,
                        Usage = usage,
                        Owner = owner == null ? "" : owner.Email,
                        Place = ns == null ? "" : ns.Label,
                    }
                ).SingleOrDefaultAsync(ct);
                if (found is null)
                {
                    return new Refusal.Missing("access key");
                }

                var (hours, days) = await SpansAsync(db, id, context.Now, ct);
                var (row, use) = (found.Key, found.Usage);
                return new KeyUsageView(
                    row.Id,
                    row.Family,
                    row.IsLegacy,
                    KeyNames.Shown(row.Family, row.IsLegacy, row.Name),
                    row.PublicId,
                    found.Place,
                    found.Owner ?? "",
                    row.CreatedAt,
                    row.ExpiresAt,
                    KeyUse.StatusOf(row.ExpiresAt, row.SuspendedUntil, context.Now),
                    use?.FirstUsedAt,
                    use?.LastUsedAt,
                    use?.LastAddress,
                    use?.LastClient,
                    use?.Calls ?? 0,
                    hours,
                    days,
                    await db.CallersAsync(id, context.Now - TimeSpan.FromDays(DayCount), ct)
                );
            },
            ct
        );

    private static async Task<(List<UsageSpan> Hours, List<UsageSpan> Days)> SpansAsync(
        ControlPanelDb db,
        Guid keyId,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var lastHour = KeyUse.HourOf(now);
        var firstHour = lastHour - HourCount + 1;
        var firstDay = (lastHour / 24) - DayCount + 1;
        var from = firstDay * 24;
        var counted = await db
            .KeyUsageHours.AsNoTracking()
            .Where(u => u.KeyId == keyId && u.Hour >= from)
            .ToListAsync(ct);
        var byHour = counted.ToDictionary(u => u.Hour);
        var byDay = counted.ToLookup(u => u.Hour / 24);
        return (
            [
                .. Enumerable
                    .Range(firstHour, HourCount)
                    .Select(h => new UsageSpan(
                        DateTimeOffset.UnixEpoch.AddHours(h),
                        byHour.GetValueOrDefault(h)?.Calls ?? 0,
                        byHour.GetValueOrDefault(h)?.Refused ?? 0
                    )),
            ],
            [
                .. Enumerable
                    .Range(firstDay, DayCount)
                    .Select(d => new UsageSpan(
                        DateTimeOffset.UnixEpoch.AddDays(d),
                        byDay[d].Sum(u => u.Calls),
                        byDay[d].Sum(u => u.Refused)
                    )),
            ]
        );
    }
}

/// <summary>Which permission a family asks for.</summary>
public static class KeyPermissions
{
    /// <summary>What it takes to see keys of a family.</summary>
    public static string Read(KeyFamily family) =>
        family switch
        {
            KeyFamily.Functions => "function:read",
            KeyFamily.Spaces => "spaces_key:read",
            KeyFamily.Inference => "genai:read",
            KeyFamily.Api => "tokens:read",
            _ => throw new ArgumentOutOfRangeException(nameof(family)),
        };

    /// <summary>What it takes to make a key of a family.</summary>
    public static string Create(KeyFamily family) =>
        family switch
        {
            KeyFamily.Functions => "function:admin",
            KeyFamily.Spaces => "spaces_key:create_credentials",
            KeyFamily.Inference => "genai:create",
            KeyFamily.Api => "tokens:create",
            _ => throw new ArgumentOutOfRangeException(nameof(family)),
        };

    /// <summary>What it takes to end a key of a family.</summary>
    public static string Revoke(KeyFamily family) =>
        family switch
        {
            KeyFamily.Functions => "function:delete",
            KeyFamily.Spaces => "spaces_key:delete",
            KeyFamily.Inference => "genai:delete",
            KeyFamily.Api => "tokens:delete",
            _ => throw new ArgumentOutOfRangeException(nameof(family)),
        };
}
