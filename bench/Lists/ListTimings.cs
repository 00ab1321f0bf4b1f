using System.Globalization;
using ControlPanel.Data;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Bench.Lists;

/// <summary>
/// Asks the lists of an installation that was filled by <c>./run seed</c> for everything a person can ask them, and
/// says how long the answers took: the operation as the page calls it, authorization included.
/// </summary>
internal static class ListTimings
{
    private const int Rounds = 15;

    private static readonly TimeSpan s_goal = TimeSpan.FromMilliseconds(200);

    /// <param name="store">Filled, with the present schema.</param>
    /// <returns>Whether every answer came within the goal in 95 of 100 cases.</returns>
    public static async Task<bool> RunAsync(IControlPanelStore store)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddControlPanelData(store, new MasterKey([new(1, new byte[MasterKey.Size])]))
            .BuildServiceProvider();
        await using var db = store.OpenRead();
        var team = await db.Teams.OrderBy(t => t.Id).Select(t => t.Id).FirstAsync();
        var people = await db.Memberships.Where(m => m.TeamId == team && m.RemovedAt == null).ToListAsync();
        var owner = new Actor(people.First(m => m.Role == TeamRole.Owner).UserId, team, Door.Panel);
        var member = new Actor(people.First(m => m.Role == TeamRole.Member).UserId, team, Door.Panel);
        var large = await db
            .AccessKeys.Where(k => k.NamespaceId != null)
            .GroupBy(k => k.NamespaceId!)
            .OrderByDescending(g => g.Count())
            .Select(g => g.Key)
            .FirstAsync();
        Console.WriteLine(
            $"{Number(await db.AccessKeys.CountAsync())} keys, {Number(await db.AuditEntries.CountAsync())} audit entries"
        );
        Console.WriteLine();
        Console.WriteLine("| question | median | 95 % |");
        Console.WriteLine("|---|---:|---:|");
        var good = true;
        foreach (var (name, ask) in Questions(services, owner, member, large))
        {
            var times = new List<TimeSpan>();
            await ask();
            for (var round = 0; round < Rounds; round++)
            {
                var start = TimeProvider.System.GetTimestamp();
                await ask();
                times.Add(TimeProvider.System.GetElapsedTime(start));
            }

            times.Sort();
            var (median, high) = (times[Rounds / 2], times[(int)Math.Ceiling(Rounds * 0.95) - 1]);
            good &= high <= s_goal;
            Console.WriteLine($"| {name} | {Say(median)} | {Say(high)}{(high <= s_goal ? "" : " (over)")} |");
        }

        return good;
    }

    private static IEnumerable<(string Name, Func<Task> Ask)> Questions(
        IServiceProvider services,
        Actor owner,
        Actor member,
        string large
    )
    {
        var ct = CancellationToken.None;
        PageRequest[] pages =
        [
            new(),
            new(9_900),
            new() { Search = "billing-eu" },
            new() { Search = "nothing is called so" },
            new(Sort: "name"),
            new(Sort: "expires"),
            new(Sort: "last_used", Descending: true),
            new(Sort: "created_by"),
        ];
        foreach (var page in pages)
        {
            yield return (
                $"namespace keys, {Say(page)}",
                () =>
                    DoneAsync(
                        services.GetRequiredService<ListNamespaceKeys>().ExecuteAsync(owner, large, page, null, ct)
                    )
            );
        }

        foreach (var status in Enum.GetValues<KeyStatus>())
        {
            yield return (
                $"namespace keys, {status}",
                () =>
                    DoneAsync(
                        services
                            .GetRequiredService<ListNamespaceKeys>()
                            .ExecuteAsync(owner, large, new PageRequest(), status, ct)
                    )
            );
        }

        foreach (var page in pages.Where(p => p.Sort is not "expires"))
        {
            yield return (
                $"Spaces keys, {Say(page)}",
                () =>
                    DoneAsync(
                        services
                            .GetRequiredService<ListSpacesKeys>()
                            .ExecuteAsync(owner, page, new SpacesKeyFilter(), ct)
                    )
            );
            yield return (
                $"model keys of the team, {Say(page)}",
                () =>
                    DoneAsync(
                        services.GetRequiredService<ListModelKeys>().ExecuteAsync(owner, ModelKeyTab.Team, page, ct)
                    )
            );
        }

        foreach (var page in pages.Where(p => p.Sort is not "created_by"))
        {
            yield return (
                $"tokens of the team, {Say(page)}",
                () =>
                    DoneAsync(services.GetRequiredService<ListTokens>().ExecuteAsync(owner, page, everybodys: true, ct))
            );
        }

        yield return (
            "overview cards",
            () => DoneAsync(services.GetRequiredService<CountKeyConcerns>().ExecuteAsync(owner, ct))
        );
        foreach (var concern in Enum.GetValues<KeyConcern>())
        {
            yield return (
                $"keys: {concern}",
                () =>
                    DoneAsync(
                        services
                            .GetRequiredService<ListConcernedKeys>()
                            .ExecuteAsync(owner, concern, new PageRequest(Sort: "last_used"), ct)
                    )
            );
        }

        foreach (var search in new[] { "", "billing-eu", "nothing is called so" })
        {
            yield return (
                $"find a key of {(search.Length == 0 ? "all" : search)}",
                () => DoneAsync(services.GetRequiredService<FindKeys>().ExecuteAsync(owner, search, 50, ct))
            );
        }

        var now = TimeProvider.System.GetUtcNow();
        AuditFilter[] filters =
        [
            new(),
            new() { Actor = "mateo" },
            new() { Actor = "nobody is called so" },
            new() { Action = "token.revoke" },
            new() { Action = "spaces_key." },
            new() { Action = "vpc." },
            new() { Target = "token-77" },
            new() { Target = "seed-77" },
            new() { Target = "nothing is called so" },
            new() { Result = "refused" },
            new() { RequestId = "seed-7f" },
            new() { From = now.AddDays(-1) },
            new() { From = now.AddDays(-200), Until = now.AddDays(-199) },
            new()
            {
                Actor = "mateo",
                Action = "token.revoke",
                Result = "refused",
            },
        ];
        foreach (var filter in filters)
        {
            yield return (
                $"activity, {Say(filter, now)}",
                () =>
                    DoneAsync(
                        services
                            .GetRequiredService<ListAuditEntries>()
                            .ExecuteAsync(owner, new PageRequest(), filter, ct)
                    )
            );
        }

        yield return (
            "activity, page 400",
            () =>
                DoneAsync(
                    services
                        .GetRequiredService<ListAuditEntries>()
                        .ExecuteAsync(owner, new PageRequest(9_975), new AuditFilter(), ct)
                )
        );
        yield return (
            "activity of a member",
            () =>
                DoneAsync(
                    services
                        .GetRequiredService<ListAuditEntries>()
                        .ExecuteAsync(member, new PageRequest(), new AuditFilter(), ct)
                )
        );
    }

    // A refusal would be fast and mean nothing.
    private static async Task DoneAsync<T>(Task<Outcome<T>> asked)
    {
        var outcome = await asked;
        if (!outcome.IsDone)
        {
            throw new InvalidOperationException(outcome.Refusal.ToString());
        }
    }

    private static string Say(PageRequest page) =>
        page.Search is { } search ? $"search “{search}”"
        : page.Sort is { } sort ? $"by {sort}"
        : page.Skip > 0 ? $"page {(page.Skip / page.Take) + 1}"
        : "first page";

    private static string Say(AuditFilter f, DateTimeOffset now)
    {
        var parts = new[]
        {
            f.Actor is null ? null : $"who “{f.Actor}”",
            f.Action is null ? null : $"what {f.Action}",
            f.Target is null ? null : $"target “{f.Target}”",
            f.Result,
            f.RequestId is null ? null : "request id",
            f.Until is not null ? "a day 200 days ago"
            : f.From is not null && f.From < now ? "the last day"
            : null,
        };
        var said = string.Join(", ", parts.Where(p => p is not null));
        return said.Length == 0 ? "all" : said;
    }

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Say(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");
}
