using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Teams;

namespace ControlPanel.Api.Teams;

/// <summary>The team's members: an extension of ours.</summary>
internal static class MemberEndpoints
{
    public static void MapMembers(this RouteGroupBuilder api)
    {
        const string members = "/v2/team/members";
        api.MapGet(members, ListAsync).Needs("team:read").Answers("List members", ApiJson.Default.MembersBody).Paged();
        api.MapPut(members + "/{id}", ChangeRoleAsync)
            .Needs("team:update")
            .Answers("Change a member's role", ApiJson.Default.RoleChangeBody)
            .Takes(ApiJson.Default.RoleRequest, """{"role":"modifier"}""", "role")
            .Remarks("Answers when every node knows the role.");
        api.MapDelete(members + "/{id}", RemoveAsync)
            .Needs("team:delete")
            .Answers("Remove a member", ApiJson.Default.MemberRemovedBody)
            .Takes(ApiJson.Default.MemberRemovalRequest, """{"also_revoke":[]}""")
            .Remarks(
                "Their namespace keys and tokens are revoked; their other keys go on working as the caller's unless they are named."
            );
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListMembers operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), paging.ToRequest(), ct),
            page => new MembersBody(
                [
                    .. page.Items.Select(m => new MemberInfo(
                        m.UserId.ToString(),
                        m.Email,
                        m.DisplayName,
                        Words.Of(m.Role),
                        m.HasTwoFactor,
                        m.KeysHeld,
                        m.JoinedAt,
                        m.LastActiveAt
                    )),
                ],
                paging.Links(page.Total),
                new Meta(page.Total)
            ),
            ApiJson.Default.MembersBody
        );
    }

    private static async Task<IResult> ChangeRoleAsync(
        HttpContext http,
        string id,
        ChangeRole operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var person))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.RoleRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        return Words.RoleOf(body!.Role) is { } role
            ? ApiResults.From(
                await operation.ExecuteAsync(ApiGate.ActorOf(http), person, role, ct),
                receipt => new RoleChangeBody(Words.Of(role), ReceiptInfo.Of(receipt)),
                ApiJson.Default.RoleChangeBody
            )
            : ApiResults.Error(ApiError.BadRequest(Words.RoleRule));
    }

    private static async Task<IResult> RemoveAsync(
        HttpContext http,
        string id,
        RemoveMember operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var person))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.MemberRemovalRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(
                ApiGate.ActorOf(http),
                new MemberRemoval(person, [.. body!.AlsoRevoke ?? []]),
                ct
            ),
            removed => new MemberRemovedBody(
                new RevokedCounts(removed.NamespaceKeys, removed.Tokens, removed.OtherKeys),
                ReceiptInfo.Of(removed.Receipt)
            ),
            ApiJson.Default.MemberRemovedBody
        );
    }
}
