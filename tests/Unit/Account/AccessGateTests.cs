using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>An open page follows what happens to its person elsewhere, without a click.</summary>
public sealed class AccessGateTests : BunitContext
{
    private static readonly TimeSpan s_aSecond = TimeSpan.FromSeconds(1);

    private static CancellationToken Ct => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_end_of_the_session_leaves_for_the_sign_in_page_within_a_second()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var actor = await host.BeginSessionAsync(owner.UserId);
        var (gate, circuit) = await OpenAsync(host, actor);
        Assert.Contains("page of Acme Photos as Owner", gate.Markup);
        var events = 0;
        var dispatch = new CircuitGuard(circuit).CreateInboundActivityHandler(_ =>
        {
            events++;
            return Task.CompletedTask;
        });
        await dispatch(null!);
        Assert.Equal(1, events);

        await host.Get<EndSession>().ExecuteAsync(actor, actor.SessionId!.Value, Ct);
        var navigation = Services.GetRequiredService<BunitNavigationManager>();
        gate.WaitForState(() => navigation.History.Count > 0, s_aSecond);
        Assert.EndsWith("/account/login?returnUrl=%2F", navigation.Uri);
        Assert.True(navigation.History.Single().Options.ForceLoad);
        gate.WaitForAssertion(() => Assert.DoesNotContain("page of", gate.Markup), s_aSecond);
        await dispatch(null!);
        Assert.Equal(1, events);
        Assert.False((await circuit.GetAuthenticationStateAsync()).User.Identity!.IsAuthenticated);
    }

    [Fact]
    public async Task The_page_hears_of_the_end_also_when_an_operation_asked_first()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var actor = await host.BeginSessionAsync(owner.UserId);
        var (gate, _) = await OpenAsync(host, actor);
        var current = Services.GetRequiredService<CurrentActor>();
        using var asked = new SemaphoreSlim(0);
        using var asking = host.Get<AccessWatch>()
            .Subscribe(
                owner.UserId,
                () =>
                {
                    // Before the page's own turn comes.
                    current.GetActorAsync().GetAwaiter().GetResult();
                    asked.Release();
                }
            );
        await host.Get<EndSession>().ExecuteAsync(actor, actor.SessionId!.Value, Ct);
        await asked.WaitAsync(Ct);
        var navigation = Services.GetRequiredService<BunitNavigationManager>();
        gate.WaitForAssertion(() => Assert.Single(navigation.History), s_aSecond);
    }

    [Fact]
    public async Task Another_role_builds_the_page_anew()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var rosa = await host.AddPersonAsync(owner.TeamId, "rosa@demo.test", TeamRole.Modifier);
        var (gate, _) = await OpenAsync(host, await host.BeginSessionAsync(rosa.Id));
        Assert.Contains("page of Acme Photos as Modifier", gate.Markup);

        var boss = await host.BeginSessionAsync(owner.UserId);
        var changed = await host.Get<ChangeRole>().ExecuteAsync(boss, rosa.Id, TeamRole.ResourceViewer, Ct);
        Assert.True(changed.IsDone, changed.Refusal?.ToString());
        gate.WaitForAssertion(() => Assert.Contains("page of Acme Photos as ResourceViewer", gate.Markup), s_aSecond);
    }

    [Fact]
    public async Task The_loss_of_the_last_team_takes_the_page_away()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var rosa = await host.AddPersonAsync(owner.TeamId, "rosa@demo.test", TeamRole.Modifier);
        var (gate, circuit) = await OpenAsync(host, await host.BeginSessionAsync(rosa.Id));

        var boss = await host.BeginSessionAsync(owner.UserId);
        var removed = await host.Get<RemoveMember>().ExecuteAsync(boss, new MemberRemoval(rosa.Id), Ct);
        Assert.True(removed.IsDone, removed.Refusal?.ToString());
        gate.WaitForAssertion(() => Assert.Contains("No team", gate.Markup), s_aSecond);
        Assert.DoesNotContain("page of", gate.Markup);

        // Still signed in: to sign out, or to take up another invitation.
        Assert.True(await circuit.CheckAsync(isActivity: true));
    }

    [Fact]
    public async Task Other_peoples_changes_disturb_nobody_and_closed_pages_listen_no_more()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var rosa = await host.AddPersonAsync(owner.TeamId, "rosa@demo.test", TeamRole.Modifier);
        var (gate, circuit) = await OpenAsync(host, await host.BeginSessionAsync(owner.UserId));
        var renders = gate.RenderCount;
        Assert.Equal(2, host.Get<AccessWatch>().Subscriptions);
        var his = await host.BeginSessionAsync(rosa.Id);
        await host.Get<EndSession>().ExecuteAsync(his, his.SessionId!.Value, Ct);
        await Task.Delay(300, Ct);
        Assert.Equal(renders, gate.RenderCount);

        await DisposeComponentsAsync();
        Services.GetRequiredService<CurrentActor>().Dispose();
        ((IDisposable)circuit).Dispose();
        Assert.Equal(0, host.Get<AccessWatch>().Subscriptions);
    }

    [Fact]
    public async Task Nobody_signed_in_acts_as_nobody()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var circuit = Circuit(host, new ClaimsPrincipal(new ClaimsIdentity()));
        using var current = Current(host, circuit);
        Assert.Same(CurrentPerson.Nobody, await current.GetAsync());
        var actor = await current.GetActorAsync();
        Assert.Equal(Guid.Empty, actor.UserId);
        Assert.False(await circuit.CheckAsync(isActivity: true));
        Assert.IsType<Refusal.NotAMember>((await host.Get<GetTeamOverview>().ExecuteAsync(actor, Ct)).Refusal);
        Assert.All(["function:read", "team:read", "billing:read"], p => Assert.False(CurrentPerson.Nobody.May(p)));
    }

    private async Task<(IRenderedComponent<AccessGate> Gate, CircuitAuthentication Circuit)> OpenAsync(
        AccountHost host,
        Actor actor
    )
    {
        var stamp = await host.ReadAsync(db =>
            db.Users.Where(u => u.Id == actor.UserId).Select(u => u.SecurityStamp).SingleAsync(Ct)
        );
        var circuit = Circuit(
            host,
            new ClaimsPrincipal(
                new ClaimsIdentity(
                    [
                        new Claim(ClaimTypes.NameIdentifier, actor.UserId.ToString()),
                        new Claim(SignedIn.SessionClaim, actor.SessionId!.Value.ToString()),
                        new Claim(new ClaimsIdentityOptions().SecurityStampClaimType, stamp!),
                    ],
                    "test"
                )
            )
        );
        Services.AddSingleton(Current(host, circuit));
        Services.AddSingleton<Departure>();
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        var gate = Render<AccessGate>(p =>
            p.Add(
                g => g.ChildContent,
                builder =>
                {
                    builder.OpenComponent<Page>(0);
                    builder.CloseComponent();
                }
            )
        );
        gate.WaitForAssertion(() => Assert.NotEmpty(gate.Markup));
        return (gate, circuit);
    }

    private static CircuitAuthentication Circuit(AccountHost host, ClaimsPrincipal user)
    {
        var circuit = new CircuitAuthentication(
            NullLoggerFactory.Instance,
            host.Get<SessionRegister>(),
            host.Get<AccessWatch>()
        );
        circuit.SetAuthenticationState(Task.FromResult(new AuthenticationState(user)));
        return circuit;
    }

    private static CurrentActor Current(AccountHost host, CircuitAuthentication circuit) =>
        new(circuit, host.Get<GetMyStanding>(), host.Get<AccessWatch>(), host.Get<TimeProvider>());

    private sealed class Page : ComponentBase
    {
        private string _text = "";

        [CascadingParameter]
        public required CurrentPerson Person { get; set; }

        // What pages do: they decide once, at their start, what to show.
        protected override void OnInitialized() => _text = $"page of {Person.Team!.Name} as {Person.Role}";

        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder) =>
            builder.AddContent(0, _text);
    }
}
