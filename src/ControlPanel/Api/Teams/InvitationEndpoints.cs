using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Hosting;
using ControlPanel.Mail;
using ControlPanel.Shared;

namespace ControlPanel.Api.Teams;

/// <summary>Open invitations to the team: an extension of ours.</summary>
internal static class InvitationEndpoints
{
    public static void MapInvitations(this RouteGroupBuilder api)
    {
        const string invitations = "/v2/team/invitations";
        api.MapGet(invitations, ListAsync)
            .Needs("team:update")
            .Answers("List open invitations", ApiJson.Default.InvitationsBody)
            .Paged();
        api.MapPost(invitations, InviteAsync)
            .Needs("team:update")
            .Answers("Invite somebody", ApiJson.Default.InvitationBody, 201)
            .Takes(
                ApiJson.Default.InvitationRequest,
                """{"email":"new.colleague@example.com","role":"member"}""",
                "email",
                "role"
            )
            .Remarks(
                "The link is in this answer and never again. Where the operator set a mail server it is mailed as well."
            );
        api.MapDelete(invitations + "/{id}", WithdrawAsync)
            .Needs("team:update")
            .AnswersNothing("Withdraw an invitation");
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListInvitations operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        var page = paging.ToRequest();
        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), ct),
            all => new InvitationsBody(
                [.. all.Skip(page.Skip).Take(page.Take).Select(i => ToInfo(i, link: null))],
                paging.Links(all.Count),
                new Meta(all.Count)
            ),
            ApiJson.Default.InvitationsBody
        );
    }

    private static async Task<IResult> InviteAsync(
        HttpContext http,
        InvitePerson operation,
        ListenAddresses addresses,
        InvitationMail mail,
        CancellationToken ct
    )
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.InvitationRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        if (Words.RoleOf(body!.Role) is not { } role)
        {
            return ApiResults.Error(ApiError.BadRequest(Words.RoleRule));
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), new NewInvitation(body.Email, role), ct);
        if (!outcome.IsDone)
        {
            return ApiResults.Error(ApiError.For(outcome.Refusal));
        }

        using var code = outcome.Value.Code;
        var link = InvitationAddress.Of(new Uri(addresses.Panel), code);
        // The invitation stands, and the caller has the link, whatever becomes of the mail.
        await mail.SendAsync(outcome.Value, link, CancellationToken.None);
        return ApiResults.Json(
            new InvitationBody(ToInfo(outcome.Value.Invitation, link)),
            ApiJson.Default.InvitationBody,
            201
        );
    }

    private static async Task<IResult> WithdrawAsync(
        HttpContext http,
        string id,
        WithdrawInvitation operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var invitation))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), invitation, ct);
        return outcome.IsDone ? ApiResults.NoContent : ApiResults.Error(ApiError.For(outcome.Refusal));
    }

    private static InvitationInfo ToInfo(InvitationRow row, string? link) =>
        new(row.Id.ToString(), row.Email, Words.Of(row.Role), link, row.InvitedBy, row.CreatedAt, row.ExpiresAt);
}
