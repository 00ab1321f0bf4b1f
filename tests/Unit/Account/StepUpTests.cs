using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>What mints a secret or invites asks a session that is too old for a new proof.</summary>
public sealed class StepUpTests
{
    private static readonly string[] s_minting =
    [
        "functions_key.create",
        "spaces_key.create",
        "model_key.create",
        "model_key.regenerate",
        "model_key.import",
        "legacy_credential.import",
        "token.create",
        "invitation.create",
        "webhook.create",
        "webhook.update",
        "webhook.roll_secret",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_minted_and_nobody_invited_in_a_session_that_is_too_old()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var world = await World.MakeAsync(host);
        clock.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(1));
        foreach (var action in s_minting)
        {
            Assert.Equal(new Refusal.StepUpNeeded(), await world.TryAsync(action, world.Session));
        }

        var refused = await host.ReadAsync(db => db.AuditEntries.Where(e => e.Result == "refused").ToListAsync(Ct));
        Assert.Equal(s_minting.Order(), refused.Select(e => e.Action).Order());
        Assert.All(refused, e => Assert.Contains("step-up", e.Details));
        // Only the model key of before, with the secret of before.
        Assert.Equal(1, await host.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
        Assert.Equal(0, await host.ReadAsync(db => db.Invitations.CountAsync(Ct)));

        // A wrong proof opens nothing, the right one everything.
        var confirm = host.Get<ConfirmIdentity>();
        Assert.IsType<Refusal.Invalid>((await confirm.ExecuteAsync(world.Session, new("no"), Ct)).Refusal);
        Assert.Equal(new Refusal.StepUpNeeded(), await world.TryAsync("token.create", world.Session));
        Assert.True((await confirm.ExecuteAsync(world.Session, new(AccountHost.Password), Ct)).IsDone);
        foreach (var action in s_minting)
        {
            Assert.Null(await world.TryAsync(action, world.Session));
        }
    }

    [Fact]
    public async Task A_proof_counts_for_its_own_session_and_a_quarter_of_an_hour()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var world = await World.MakeAsync(host);
        var other = await host.BeginSessionAsync(world.Session.UserId);
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Null(await world.TryAsync("token.create", world.Session));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True(
            (await host.Get<ConfirmIdentity>().ExecuteAsync(world.Session, new(AccountHost.Password), Ct)).IsDone
        );
        Assert.Null(await world.TryAsync("invitation.create", world.Session));
        Assert.Equal(new Refusal.StepUpNeeded(), await world.TryAsync("invitation.create", other));
        clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(new Refusal.StepUpNeeded(), await world.TryAsync("functions_key.create", world.Session));
    }

    [Fact]
    public async Task A_token_has_no_age_that_would_ask_for_a_password()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var world = await World.MakeAsync(host);
        clock.Advance(TimeSpan.FromMinutes(50));
        var api = new Actor(world.Session.UserId, world.Session.TeamId, Door.Api);
        Assert.Null(await world.TryAsync("functions_key.create", api));
    }

    [Fact]
    public async Task An_ended_session_confirms_nothing_and_guessing_is_slowed_down()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var world = await World.MakeAsync(host);
        var confirm = host.Get<ConfirmIdentity>();
        var thief = world.Session with { Address = System.Net.IPAddress.Parse("203.0.113.9") };
        for (var i = 0; i < SignInThrottle.Free; i++)
        {
            Assert.IsType<Refusal.Invalid>((await confirm.ExecuteAsync(thief, new("no"), Ct)).Refusal);
        }

        Assert.IsType<Refusal.LimitReached>((await confirm.ExecuteAsync(thief, new(AccountHost.Password), Ct)).Refusal);
        Assert.True((await confirm.ExecuteAsync(world.Session, new(AccountHost.Password), Ct)).IsDone);

        await host.Get<EndSession>().ExecuteAsync(world.Session, world.Session.SessionId!.Value, Ct);
        var late = await confirm.ExecuteAsync(world.Session, new(AccountHost.Password), Ct);
        Assert.Equal(new Refusal.NotAMember(), late.Refusal);
        var without = await confirm.ExecuteAsync(
            world.Session with
            {
                SessionId = null,
            },
            new(AccountHost.Password),
            Ct
        );
        Assert.False(without.IsDone);
    }

    [Fact]
    public async Task A_code_of_the_app_is_a_proof_once()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var world = await World.MakeAsync(host);
        var secret = "12345678901234567890"u8.ToArray();
        string Now() => Totp.Code(secret, Totp.StepAt(clock.GetUtcNow()));
        var enabled = await host.Get<EnableTwoFactor>().ExecuteAsync(world.Session, new(secret.AsSpan()), Now(), Ct);
        Assert.True(enabled.IsDone);
        clock.Advance(TimeSpan.FromMinutes(16));
        var code = Now();
        var confirm = host.Get<ConfirmIdentity>();
        Assert.True((await confirm.ExecuteAsync(world.Session, new(Password: null, code), Ct)).IsDone);
        Assert.Null(await world.TryAsync("token.create", world.Session));
        Assert.IsType<Refusal.Invalid>((await confirm.ExecuteAsync(world.Session, new(null, code), Ct)).Refusal);
    }

    /// <summary>A team with something to mint keys for.</summary>
    private sealed class World(AccountHost host, Actor session, string namespaceId, Guid modelKey, Guid webhook)
    {
        private int _names;

        public Actor Session => session;

        public static async Task<World> MakeAsync(AccountHost host)
        {
            var setUp = await host.SetUpAsync();
            var session = await host.BeginSessionAsync(setUp.UserId);
            var made = await host.Get<CreateNamespace>()
                .ExecuteAsync(session, new NewNamespace("image-tools", Regions.All[0].Slug), Ct);
            Assert.True(made.IsDone, made.Refusal?.ToString());
            var key = await host.Get<CreateModelKey>()
                .ExecuteAsync(session, new NewModelKeyRequest("bot", Models: null, Batch: false, VpcId: null), Ct);
            Assert.True(key.IsDone, key.Refusal?.ToString());
            var hook = await host.Get<CreateWebhook>().ExecuteAsync(session, To("first"), Ct);
            Assert.True(hook.IsDone, hook.Refusal?.ToString());
            return new World(host, session, made.Value.Id, key.Value.Key.Id, hook.Value.Webhook.Id);
        }

        /// <summary>Does it; the refusal, or nothing.</summary>
        public async Task<Refusal?> TryAsync(string action, Actor actor)
        {
            var name = $"key {++_names}";
            return action switch
            {
                "functions_key.create" => (
                    await host.Get<CreateNamespaceKey>()
                        .ExecuteAsync(actor, new NewKeyRequest(namespaceId, name, ExpiresIn: null), Ct)
                ).Refusal,
                "spaces_key.create" => (
                    await host.Get<CreateSpacesKey>()
                        .ExecuteAsync(actor, name, [new SpacesGrant("", SpacesGrant.FullAccess)], Ct)
                ).Refusal,
                "model_key.create" => (
                    await host.Get<CreateModelKey>()
                        .ExecuteAsync(actor, new NewModelKeyRequest(name, Models: null, Batch: false, VpcId: null), Ct)
                ).Refusal,
                "model_key.regenerate" => (
                    await host.Get<RegenerateModelKey>().ExecuteAsync(actor, modelKey, "bot", Ct)
                ).Refusal,
                "model_key.import" => (
                    await host.Get<ImportModelKeys>().ExecuteAsync(actor, [], ImportMode.LeaveOutRefused, Ct)
                ).Refusal,
                "legacy_credential.import" => (
                    await host.Get<ImportLegacyCredentials>().ExecuteAsync(actor, [], ImportMode.LeaveOutRefused, Ct)
                ).Refusal,
                "token.create" => (
                    await host.Get<CreateToken>()
                        .ExecuteAsync(actor, new NewTokenRequest(name, "30d", [KeyScope.Api.ReadAlias]), Ct)
                ).Refusal,
                "invitation.create" => (
                    await host.Get<InvitePerson>()
                        .ExecuteAsync(actor, new NewInvitation($"p{_names}@demo.test", TeamRole.Member), Ct)
                ).Refusal,
                "webhook.create" => (await host.Get<CreateWebhook>().ExecuteAsync(actor, To(name), Ct)).Refusal,
                // To another address; other events alone mint nothing.
                "webhook.update" => (await host.Get<EditWebhook>().ExecuteAsync(actor, webhook, To(name), Ct)).Refusal,
                "webhook.roll_secret" => (await host.Get<RollWebhookSecret>().ExecuteAsync(actor, webhook, Ct)).Refusal,
                _ => throw new ArgumentOutOfRangeException(nameof(action)),
            };
        }

        private static WebhookInput To(string place) =>
            new($"https://hooks.example.com/{Uri.EscapeDataString(place)}", ["access_key.created"]);
    }
}
