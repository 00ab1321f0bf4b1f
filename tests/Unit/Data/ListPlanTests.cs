using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Seed;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>
/// How both databases find the rows of a list: never by reading the whole of a big table. Over a log of 20,000 entries
/// and 3,000 keys, made by the seed that measurements use.
/// </summary>
public sealed partial class ListPlanTests
{
    private const int Entries = 20_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Every_filter_of_the_activity_list_reads_its_own_index(StoreKind kind)
    {
        await using var store = await SeededAsync(kind);
        (AuditFilter Filter, string Index, int Fits)[] questions =
        [
            (new() { Actor = "BILLER@" }, "actor_name", 1),
            (new() { Action = "functions_key.create", RequestId = "seed-0" }, "request_id", 1),
            (new() { Action = "namespace.create" }, "action", (Entries / 11) + 1),
            (new() { Target = "seed-77" }, "target_id", 1),
            (new() { Result = AuditChain.Refused }, "result", (Entries / 50) + 1),
            (new() { RequestId = "seed-ff" }, "request_id", 1),
            (new() { From = store.Clock.UtcNow.AddMinutes(-60), Until = store.Clock.UtcNow.AddMinutes(-30) }, "at", 60),
        ];
        foreach (var (filter, index, fits) in questions)
        {
            var asked = await AskedAsync(async () =>
            {
                var page = Must(
                    await store.Get<ListAuditEntries>().ExecuteAsync(store.Owner, new PageRequest(), filter, Ct)
                );
                Assert.Equal((fits, false), (page.Total, page.HasMore));
                Assert.Equal(Math.Min(25, fits), page.Items.Count);
            });
            // The last two are the count and the page; those before look up who acts and what is known.
            foreach (var command in asked.TakeLast(2))
            {
                var plan = await PlanAsync(store, kind, command);
                Assert.Contains($"audit_entries_team_id_{index}_sequence", plan, StringComparison.OrdinalIgnoreCase);
                AssertNoFullScan(plan);
            }
        }
    }

    [Theory]
    [BothStores]
    public async Task The_whole_log_is_paged_without_counting_it(StoreKind kind)
    {
        await using var store = await SeededAsync(kind);
        var list = store.Get<ListAuditEntries>();
        var asked = await AskedAsync(async () =>
        {
            var page = Must(await list.ExecuteAsync(store.Owner, new PageRequest(50), new AuditFilter(), Ct));
            Assert.Equal((ListAuditEntries.CountLimit, true), (page.Total, page.HasMore));
            Assert.Equal(
                Enumerable.Range(0, 25).Select(i => Entries + 1 - 50L - i),
                page.Items.Select(a => a.Sequence)
            );
        });
        var plan = await PlanAsync(store, kind, asked[^1]);
        // Where there is but one team, PostgreSQL takes the primary key, which is as good.
        Assert.Matches("(?i)audit_entries_team_id_sequence|pk_audit_entries", plan);
        AssertNoFullScan(plan);
        Assert.DoesNotMatch("TEMP B-TREE|Sort", plan);
    }

    [Theory]
    [BothStores]
    public async Task Who_and_what_are_found_by_a_part_and_a_target_by_its_id_or_a_part_of_its_name(StoreKind kind)
    {
        await using var store = await SeededAsync(kind);
        Assert.True((await CountAsync(new() { Actor = "Member@" })).Total > 1_000);
        Assert.Equal(0, (await CountAsync(new() { Actor = "nobody" })).Total);
        // Three of the eleven actions of the seed.
        var spaces = await CountAsync(new() { Action = "spaces_key." });
        Assert.Equal(Enumerable.Range(0, Entries).Count(i => i % 11 is 3 or 4 or 5), spaces.Total);
        Assert.Equal("token-7896", Assert.Single((await CountAsync(new() { Target = "TOKEN-7896" })).Items).TargetName);
        Assert.Equal(1, (await CountAsync(new() { Target = "seed-7890" })).Total);
        Assert.Equal(0, (await CountAsync(new() { Target = "seed-789x" })).Total);

        async Task<Page<AuditRow>> CountAsync(AuditFilter filter) =>
            Must(await store.Get<ListAuditEntries>().ExecuteAsync(store.Owner, new PageRequest(), filter, Ct));
    }

    [Theory]
    [BothStores]
    public async Task Lists_of_keys_are_found_by_namespace_and_team(StoreKind kind)
    {
        await using var store = await SeededAsync(kind);
        var space = await store.ReadAsync(db =>
            db.AccessKeys.Where(k => k.NamespaceId != null).Select(k => k.NamespaceId!).FirstAsync(Ct)
        );
        PageRequest[] pages = [new(), new(50) { Search = "billing" }, new(Sort: "last_used"), new(Sort: "name")];
        var asked = await AskedAsync(async () =>
        {
            foreach (var page in pages)
            {
                Must(await store.Get<ListNamespaceKeys>().ExecuteAsync(store.Owner, space, page, null, Ct));
                Must(await store.Get<ListSpacesKeys>().ExecuteAsync(store.Owner, page, new SpacesKeyFilter(), Ct));
                Must(await store.Get<ListTokens>().ExecuteAsync(store.Owner, page, everybodys: true, Ct));
            }

            Must(await store.Get<CountKeyConcerns>().ExecuteAsync(store.Owner, Ct));
        });
        foreach (var command in asked)
        {
            AssertNoFullScan(await PlanAsync(store, kind, command));
        }
    }

    [Theory]
    [BothStores]
    public async Task The_newest_keys_of_a_family_are_read_in_order_and_not_sorted_first(StoreKind kind)
    {
        await using var store = await SeededAsync(kind);
        var asked = await AskedAsync(async () =>
            Must(
                await store
                    .Get<ListSpacesKeys>()
                    .ExecuteAsync(store.Owner, new PageRequest(), new SpacesKeyFilter(), Ct)
            )
        );
        var page = Assert.Single(
            asked,
            a =>
                a.Text.Contains("created_at\" DESC", StringComparison.Ordinal)
                || a.Text.Contains("created_at DESC", StringComparison.Ordinal)
        );
        var plan = await PlanAsync(store, kind, page);
        Assert.Contains("access_keys_team_id_family_created_at", plan, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [BothStores]
    public async Task Refused_entries_of_one_person_and_one_action_are_counted_from_the_index(StoreKind kind)
    {
        await using var store = await SeededAsync(kind);
        var filter = new AuditFilter
        {
            Actor = "member@",
            Action = "token.revoke",
            Result = AuditChain.Refused,
        };
        var asked = await AskedAsync(async () =>
            Must(await store.Get<ListAuditEntries>().ExecuteAsync(store.Owner, new PageRequest(), filter, Ct))
        );
        var plan = await PlanAsync(store, kind, asked[^2]);
        Assert.Contains("_result_sequence_action_actor_name", plan, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [BothStores]
    public async Task What_the_seed_adds_to_the_log_fits_the_chain_before_and_after_it(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await store.NamespaceAsync("before");
        Assert.True(await store.Get<AuditSeed>().AddAsync(6_000, store.TeamId, _ => { }, Ct));
        Assert.NotNull(await store.Get<KeySeed>().AddAsync(30, store.TeamId, _ => { }, Ct));
        await store.NamespaceAsync("after");
        var verdict = Must(await store.Get<VerifyAuditChain>().ExecuteAsync(store.Owner, Ct));
        Assert.Equal(new ChainVerdict.Intact(6_002), verdict);
        await store.Get<ControlPanel.Data.Snapshots.KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(30, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
    }

    private static async Task<StoreFixture> SeededAsync(StoreKind kind)
    {
        var store = await StartAsync(kind);
        var refused = await store
            .Get<CreateNamespace>()
            .ExecuteAsync(store.As(TeamRole.Biller), new NewNamespace("not-theirs", "nyc1"), Ct);
        Assert.IsType<Refusal.Forbidden>(refused.Refusal);
        Assert.NotNull(await store.Get<KeySeed>().AddAsync(3_000, store.TeamId, _ => { }, Ct));
        Assert.True(await store.Get<AuditSeed>().AddAsync(Entries, store.TeamId, _ => { }, Ct));
        if (kind == StoreKind.Postgres)
        {
            await store.TamperAsync(db => db.Database.ExecuteSqlAsync($"ANALYZE", Ct));
        }

        return store;
    }

    // What a subquery has found, at most a page or the limit of counting, may be gone through.
    private static void AssertNoFullScan(string plan) =>
        Assert.DoesNotContain(
            FullScan().Matches(plan),
            scan => !plan.Contains($"CO-ROUTINE {scan.Groups["what"].Value}", StringComparison.Ordinal)
        );

    /// <summary>The commands that the work sends to the database.</summary>
    private static async Task<List<AskedCommand>> AskedAsync(Func<Task> work)
    {
        using var recorder = new CommandRecorder();
        await work();
        return recorder.Commands;
    }

    /// <summary>How the database would go about a command.</summary>
    private static Task<string> PlanAsync(StoreFixture store, StoreKind kind, AskedCommand command) =>
        store.ReadAsync(async db =>
        {
            await db.Database.OpenConnectionAsync(Ct);
            var connection = db.Database.GetDbConnection();
            if (kind == StoreKind.Postgres)
            {
                // A table this small is read whole with good reason; the question is whether there is another way.
                await using var set = connection.CreateCommand();
                set.CommandText = "SET enable_seqscan = off";
                await set.ExecuteNonQueryAsync(Ct);
            }

            await using var explain = connection.CreateCommand();
            explain.CommandText = (kind == StoreKind.Postgres ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + command.Text;
            foreach (var (name, value) in command.Parameters)
            {
                var parameter = explain.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                explain.Parameters.Add(parameter);
            }

            var lines = new List<string>();
            await using var reader = await explain.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct))
            {
                lines.Add(Convert.ToString(reader.GetValue(reader.FieldCount - 1), CultureInfo.InvariantCulture)!);
            }

            return $"{command.Text}\n{string.Join('\n', lines)}";
        });

    [GeneratedRegex(
        @"^SCAN (?<what>\w+)\s*$|Seq Scan on (?<what>access_keys|audit_entries|key_usage\w*)",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline
    )]
    private static partial Regex FullScan();

    private sealed record AskedCommand(string Text, IReadOnlyList<(string Name, object? Value)> Parameters);

    /// <summary>Notes the commands that Entity Framework executes in this flow of control.</summary>
    private sealed class CommandRecorder
        : IObserver<DiagnosticListener>,
            IObserver<KeyValuePair<string, object?>>,
            IDisposable
    {
        private static readonly AsyncLocal<CommandRecorder?> s_current = new();

        private readonly List<IDisposable> _subscriptions = [];
        private readonly IDisposable _listeners;

        public CommandRecorder()
        {
            s_current.Value = this;
            _listeners = DiagnosticListener.AllListeners.Subscribe(this);
        }

        public List<AskedCommand> Commands { get; } = [];

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == DbLoggerCategory.Name)
            {
                _subscriptions.Add(value.Subscribe(this));
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (
                s_current.Value == this
                && value.Key == RelationalEventId.CommandExecuting.Name
                && value.Value is CommandEventData { Command: { } command }
            )
            {
                // As it is now: a provider may use the command again for another question.
                Commands.Add(
                    new AskedCommand(
                        command.CommandText,
                        [.. command.Parameters.Cast<DbParameter>().Select(p => (p.ParameterName, p.Value))]
                    )
                );
            }
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }

        public void Dispose()
        {
            s_current.Value = null;
            _listeners.Dispose();
            _subscriptions.ForEach(s => s.Dispose());
        }
    }
}
