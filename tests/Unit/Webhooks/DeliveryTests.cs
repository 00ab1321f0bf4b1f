using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ControlPanel.Configuration;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Webhooks;
using ControlPanel.Tests.Unit.Api;
using ControlPanel.Tests.Unit.Data;
using ControlPanel.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Webhooks;

/// <summary>Webhooks as real receivers on this machine get them, or do not.</summary>
public sealed class DeliveryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_receiver_gets_a_signed_event_and_nothing_else(StoreKind kind)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await Node.StartAsync(kind);
        var hook = await node.HookAsync(receiver.Address + "?token=of-the-receiver");
        var space = await node.Store.NamespaceAsync("image-tools");
        var key = await node.Store.KeyAsync(space.Id, "deploy");
        var got = Assert.Single(await receiver.WaitAsync(1));

        Assert.True(got.IsSignedWith(hook.Secret.Reveal()));
        Assert.False(got.IsSignedWith("whsec_" + Convert.ToBase64String(new byte[32])));
        Assert.StartsWith("evt_", got.Id, StringComparison.Ordinal);
        Assert.Equal("application/json", got.Headers["Content-Type"]);
        Assert.Equal(node.Store.Clock.UtcNow.ToUnixTimeSeconds().ToString(), got.Headers["webhook-timestamp"]);
        Assert.Equal(
            [
                "Content-Length",
                "Content-Type",
                "Host",
                "User-Agent",
                "webhook-id",
                "webhook-signature",
                "webhook-timestamp",
            ],
            got.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase)
        );
        using var body = JsonDocument.Parse(got.Body);
        Assert.Equal("access_key.created", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(key.Key.KeyId, body.RootElement.GetProperty("data").GetProperty("key_id").GetString());
        Assert.DoesNotContain(key.Secret.Reveal(), got.Text, StringComparison.Ordinal);

        var row = await node.SettledAsync(hook);
        Assert.Equal((204, 1), (row.LastStatus, row.Attempts));
        Assert.NotNull(row.DeliveredAt);
    }

    [Theory]
    [BothStores]
    public async Task An_event_of_a_process_that_ended_is_delivered_by_the_next(StoreKind kind)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var before = await StartAsync(kind, Node.Configure);
        var hook = await Node.HookAsync(before, receiver.Address);
        var space = await before.NamespaceAsync("image-tools");
        await before.KeyAsync(space.Id, "deploy");
        // Committed, and nobody was there to send it.
        await before.CloseAsync();
        Assert.Empty(receiver.Received);

        await using var node = await Node.StartAsync(await OpenAsync(kind, before.Place, Node.Configure));
        var got = Assert.Single(await receiver.WaitAsync(1));
        Assert.True(got.IsSignedWith(hook.Secret.Reveal()));
    }

    [Fact]
    public async Task A_receiver_that_cannot_prove_its_name_gets_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        name.CertificateExtensions.Add(names.Build());
        using var ofItsOwn = name.CreateSelfSigned(
            DateTimeOffset.UnixEpoch.AddYears(50),
            DateTimeOffset.UnixEpoch.AddYears(100)
        );
        await using var receiver = await Receiver.StartAsync(certificate: ofItsOwn);
        Assert.StartsWith("https:", receiver.Address, StringComparison.Ordinal);
        await using var node = await Node.StartAsync(StoreKind.Sqlite);
        var hook = await node.HookAsync(receiver.Address);
        var space = await node.Store.NamespaceAsync("image-tools");
        await node.Store.KeyAsync(space.Id, "deploy");

        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastFault is not null);
        var row = Assert.Single(await node.DeliveriesAsync(hook));
        Assert.Equal((DeliveryFault.NotTrusted, (int?)null, 1), (row.LastFault, row.LastStatus, row.Attempts));
        Assert.Empty(receiver.Received);
    }

    [Fact]
    public async Task A_receiver_that_fails_gets_the_same_event_again_signed_anew()
    {
        await using var receiver = await Receiver.StartAsync(
            (context, number) =>
            {
                context.Response.StatusCode = number == 1 ? 500 : 200;
                return Task.CompletedTask;
            }
        );
        await using var node = await Node.StartAsync(StoreKind.Sqlite);
        var hook = await node.HookAsync(receiver.Address);
        await node.TestAsync(hook);
        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastStatus == 500);
        Assert.Single(receiver.Received);

        node.Pass(TimeSpan.FromSeconds(5));
        var got = await receiver.WaitAsync(2);
        Assert.Equal((got[0].Id, got[0].Text), (got[1].Id, got[1].Text));
        Assert.NotEqual(got[0].Headers["webhook-signature"], got[1].Headers["webhook-signature"]);
        Assert.All(got, g => Assert.True(g.IsSignedWith(hook.Secret.Reveal())));
        Assert.Equal((200, 2), ((await node.SettledAsync(hook)).LastStatus, (await node.SettledAsync(hook)).Attempts));
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_leads_nowhere()
    {
        await using var elsewhere = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = elsewhere.Address;
                return Task.CompletedTask;
            }
        );
        await using var node = await Node.StartAsync(StoreKind.Sqlite);
        var hook = await node.HookAsync(receiver.Address);
        await node.TestAsync(hook);
        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastStatus == 307);
        Assert.Null((await node.DeliveriesAsync(hook))[0].DeliveredAt);
        Assert.Empty(elsewhere.Received);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_delays_no_other_and_its_attempts_end()
    {
        var open = new TaskCompletionSource();
        await using var slow = await Receiver.StartAsync((_, _) => open.Task);
        await using var quick = await Receiver.StartAsync();
        await using var node = await Node.StartAsync(
            StoreKind.Sqlite,
            new DispatchLimits { Attempt = TimeSpan.FromSeconds(2), ToOneEndpoint = 2 }
        );
        var held = await node.HookAsync(slow.Address);
        for (var i = 0; i < 10; i++)
        {
            await node.TestAsync(held);
        }

        await slow.WaitAsync(2);
        var free = await node.HookAsync(quick.Address);
        await node.TestAsync(free);
        await quick.WaitAsync(1);
        Assert.Equal(2, slow.Received.Count);

        await Waiting.ForAsync(async () =>
            (await node.DeliveriesAsync(held)).Any(d => d.LastFault == DeliveryFault.TimedOut)
        );
        open.SetResult();
    }

    [Fact]
    public async Task An_answer_that_never_ends_is_not_read()
    {
        await using var receiver = await Receiver.StartAsync(
            async (context, _) =>
            {
                context.Response.StatusCode = 200;
                var filler = new byte[64 * 1024];
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync(filler, context.RequestAborted);
                }
            }
        );
        await using var node = await Node.StartAsync(StoreKind.Sqlite);
        var hook = await node.HookAsync(receiver.Address);
        await node.TestAsync(hook);
        Assert.Equal(200, (await node.SettledAsync(hook)).LastStatus);
    }

    [Fact]
    public async Task What_was_under_way_when_the_process_stops_is_given_back_as_if_never_begun()
    {
        var open = new TaskCompletionSource();
        await using var receiver = await Receiver.StartAsync(
            (_, number) => number == 1 ? open.Task : Task.CompletedTask
        );
        await using var node = await Node.StartAsync(
            StoreKind.Sqlite,
            new DispatchLimits { AtStop = TimeSpan.FromMilliseconds(50) }
        );
        var hook = await node.HookAsync(receiver.Address);
        await node.TestAsync(hook);
        await receiver.WaitAsync(1);
        await node.StopAsync();
        var waiting = Assert.Single(await node.DeliveriesAsync(hook));
        Assert.Equal((0, node.Store.Clock.UtcNow), (waiting.Attempts, waiting.NextAttemptAt));
        open.SetResult();
    }

    [Fact]
    public async Task Two_nodes_of_one_store_deliver_each_event_once()
    {
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
        await using var receiver = await Receiver.StartAsync();
        await using var store = await StartAsync(StoreKind.Postgres, Node.Configure);
        var hook = await Node.HookAsync(store, receiver.Address);
        for (var i = 0; i < 40; i++)
        {
            Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
        }

        await using var second = await store.OpenSecondAsync(Node.Configure);
        await using var one = await Node.StartAsync(store);
        await using var two = await Node.StartAsync(second);
        await receiver.WaitAsync(40);
        await Waiting.ForAsync(async () => (await one.DeliveriesAsync(hook)).All(d => d.DeliveredAt is not null));
        Assert.Equal(40, receiver.Received.Select(r => r.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(40, receiver.Received.Count);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("10.0.0.1", "::1", "169.254.169.254")]
    public async Task A_name_that_turned_to_an_address_in_here_is_not_connected_to(params string[] later)
    {
        var listening = new TaskCompletionSource();
        await using var receiver = await Receiver.StartAsync(
            (_, _) =>
            {
                listening.TrySetResult();
                return Task.CompletedTask;
            }
        );
        await using var node = await Node.StartAsync(
            StoreKind.Sqlite,
            rules: new WebhookRules { AllowHttp = true },
            resolve: (_, _) => Task.FromResult<IPAddress[]>([.. later.Select(IPAddress.Parse)])
        );
        // It was a name like any other when it was typed.
        var hook = await node.HookAsync($"http://receiver.example.com:{receiver.Port}/");
        await node.TestAsync(hook);
        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastFault is not null);
        Assert.Equal(DeliveryFault.AddressRefused, (await node.DeliveriesAsync(hook))[0].LastFault);
        Assert.False(listening.Task.IsCompleted);
    }

    [Fact]
    public async Task Without_tls_nothing_is_sent_once_the_operator_allows_it_no_longer()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await Node.StartAsync(
            StoreKind.Sqlite,
            rules: new WebhookRules { AllowLoopback = true }
        );
        var hook = await node.HookAsync("https://receiver.example.com/");
        await node.Store.TamperAsync(db =>
            db.WebhookEndpoints.ExecuteUpdateAsync(set => set.SetProperty(e => e.Address, receiver.Address), Ct)
        );
        await node.TestAsync(hook);
        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastFault is not null);
        Assert.Equal(DeliveryFault.AddressRefused, (await node.DeliveriesAsync(hook))[0].LastFault);
        Assert.Empty(receiver.Received);
    }

    [Fact]
    public async Task Of_a_names_addresses_those_that_are_allowed_are_used_and_each_fault_has_a_word()
    {
        await using var receiver = await Receiver.StartAsync();
        IPAddress[] answer = [];
        await using var node = await Node.StartAsync(StoreKind.Sqlite, resolve: (_, _) => Task.FromResult(answer));
        var hook = await node.HookAsync($"http://receiver.example.com:{receiver.Port}/");
        await FaultAsync(DeliveryFault.NameNotFound);

        // Nobody listens at the second; the first is never tried.
        answer = [IPAddress.Parse("169.254.169.254"), IPAddress.Parse("127.0.0.2"), IPAddress.Loopback];
        await node.TestAsync(hook);
        await receiver.WaitAsync(1);

        var gone = await node.HookAsync($"http://127.0.0.2:{receiver.Port}/");
        await node.TestAsync(gone);
        await Waiting.ForAsync(async () =>
            (await node.DeliveriesAsync(gone))[0].LastFault == DeliveryFault.NotReachable
        );
        var untrusted = await node.HookAsync($"https://127.0.0.1:{receiver.Port}/");
        await node.TestAsync(untrusted);
        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(untrusted))[0].LastFault is not null);

        async Task FaultAsync(DeliveryFault fault)
        {
            await node.TestAsync(hook);
            await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastFault == fault);
        }
    }

    [Fact]
    public async Task Neither_secrets_nor_what_receivers_put_into_their_addresses_are_logged()
    {
        await using var receiver = await Receiver.StartAsync(
            (context, _) =>
            {
                context.Response.StatusCode = 500;
                return Task.CompletedTask;
            }
        );
        var lines = new LogLines();
        await using var node = await Node.StartAsync(StoreKind.Sqlite, log: lines);
        var hook = await node.HookAsync(receiver.Address + "/of-the-receiver");
        await node.TestAsync(hook);
        await Waiting.ForAsync(async () => (await node.DeliveriesAsync(hook))[0].LastStatus == 500);
        var all = lines.Text;
        Assert.Contains($"127.0.0.1:{receiver.Port}", all, StringComparison.Ordinal);
        Assert.DoesNotContain("of-the-receiver", all, StringComparison.Ordinal);
        Assert.DoesNotContain(hook.Secret.Reveal(), all, StringComparison.Ordinal);
        Assert.DoesNotContain("v1,", all, StringComparison.Ordinal);
    }

    /// <summary>A store with what sends webhooks running over it.</summary>
    private sealed class Node(StoreFixture store) : IAsyncDisposable
    {
        private bool _stopped;

        public StoreFixture Store => store;

        public static void Configure(IServiceCollection services) => Configure(services, null, null, null, null);

        public static async Task<Node> StartAsync(
            StoreKind kind,
            DispatchLimits? limits = null,
            WebhookRules? rules = null,
            ResolveName? resolve = null,
            LogLines? log = null
        ) => await StartAsync(await StoreFixture.StartAsync(kind, s => Configure(s, limits, rules, resolve, log)));

        public static async Task<Node> StartAsync(StoreFixture store)
        {
            await store.Get<WebhookDispatcher>().StartAsync(Ct);
            return new Node(store);
        }

        public static async Task<NewWebhookSecret> HookAsync(StoreFixture store, string address) =>
            Must(
                await store
                    .Get<CreateWebhook>()
                    .ExecuteAsync(
                        store.Owner,
                        new WebhookInput(address, [.. WebhookEvents.All.Select(e => e.Name)]),
                        Ct
                    )
            );

        public Task<NewWebhookSecret> HookAsync(string address) => HookAsync(store, address);

        public async Task TestAsync(NewWebhookSecret hook) =>
            Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));

        /// <summary>Lets time pass, and lets what waits for it look.</summary>
        public void Pass(TimeSpan time)
        {
            store.Clock.Advance(time);
            store.Get<ChangeSignal>().Raise(0);
        }

        public async Task<IReadOnlyList<DeliveryRow>> DeliveriesAsync(NewWebhookSecret hook) =>
            Must(
                await store
                    .Get<ListDeliveries>()
                    .ExecuteAsync(store.Owner, hook.Webhook.Id, new PageRequest(Take: 200), Ct)
            ).Items;

        /// <summary>The one delivery, once it was delivered or given up.</summary>
        public async Task<DeliveryRow> SettledAsync(NewWebhookSecret hook)
        {
            await Waiting.ForAsync(async () => Assert.Single(await DeliveriesAsync(hook)).NextAttemptAt is null);
            return (await DeliveriesAsync(hook))[0];
        }

        public async Task StopAsync()
        {
            if (!_stopped)
            {
                _stopped = true;
                await store.Get<WebhookDispatcher>().StopAsync(CancellationToken.None);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await store.DisposeAsync();
        }

        private static void Configure(
            IServiceCollection services,
            DispatchLimits? limits,
            WebhookRules? rules,
            ResolveName? resolve,
            LogLines? log
        )
        {
            services.AddSingleton(limits ?? new DispatchLimits { AtStop = TimeSpan.FromMilliseconds(100) });
            services.AddSingleton(rules ?? new WebhookRules { AllowHttp = true, AllowLoopback = true });
            if (resolve is not null)
            {
                services.AddSingleton(resolve);
            }

            if (log is not null)
            {
                services.AddSingleton<ILoggerProvider>(log);
            }

            services.AddWebhooks(new PanelOptions.WebhookOptions(), isDemo: true);
        }
    }
}
