using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Networking;

namespace ControlPanel.Api.Networking;

/// <summary>VPC networks (contract 4.5).</summary>
internal static class VpcEndpoints
{
    public static void MapVpcs(this RouteGroupBuilder api)
    {
        api.MapGet("/v2/vpcs", ListAsync)
            .Needs("vpc:read")
            .Answers("List VPC networks", ApiJson.Default.VpcsBody)
            .Paged();
        api.MapPost("/v2/vpcs", CreateAsync)
            .Needs("vpc:create")
            .Answers("Create a VPC network", ApiJson.Default.VpcBody, 201)
            .Takes(
                ApiJson.Default.VpcRequest,
                """{"name":"warehouse","region":"nyc1","ip_ranges":["10.20.0.0/16"]}""",
                "name",
                "region"
            );
        api.MapGet("/v2/vpcs/{id}", GetAsync).Needs("vpc:read").Answers("Get a VPC network", ApiJson.Default.VpcBody);
        api.MapPut("/v2/vpcs/{id}", UpdateAsync)
            .Needs("vpc:update")
            .Answers("Change a VPC network", ApiJson.Default.VpcBody)
            .Takes(ApiJson.Default.VpcRequest, """{"name":"warehouse","region":"nyc1","ip_ranges":["10.20.0.0/16"]}""")
            .Remarks("What is not sent stays as it is.");
        api.MapPatch("/v2/vpcs/{id}", UpdateAsync)
            .Needs("vpc:update")
            .Answers("Change a VPC network", ApiJson.Default.VpcBody)
            .Takes(ApiJson.Default.VpcRequest, """{"name":"warehouse","region":"nyc1","ip_ranges":["10.20.0.0/16"]}""")
            .Remarks("What is not sent stays as it is.");
        api.MapDelete("/v2/vpcs/{id}", DeleteAsync)
            .Needs("vpc:delete")
            .AnswersNothing("Delete a VPC network")
            .Remarks("A network that keys are bound to, and a default one, stay.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListVpcs operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), paging.ToRequest(), ct),
            page => new VpcsBody([.. page.Items.Select(ToInfo)], paging.Links(page.Total), new Meta(page.Total)),
            ApiJson.Default.VpcsBody
        );
    }

    private static async Task<IResult> CreateAsync(HttpContext http, CreateVpc operation, CancellationToken ct)
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.VpcRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(
                ApiGate.ActorOf(http),
                new VpcInput(body!.Name, body.Description, body.Region, RangesOf(body) ?? []),
                ct
            ),
            vpc => new VpcBody(ToInfo(vpc)),
            ApiJson.Default.VpcBody,
            201
        );
    }

    private static async Task<IResult> GetAsync(HttpContext http, string id, GetVpc operation, CancellationToken ct) =>
        Guid.TryParse(id, out var vpcId)
            ? ApiResults.From(
                await operation.ExecuteAsync(ApiGate.ActorOf(http), vpcId, ct),
                vpc => new VpcBody(ToInfo(vpc)),
                ApiJson.Default.VpcBody
            )
            : ApiResults.Error(ApiError.NotFound);

    private static async Task<IResult> UpdateAsync(
        HttpContext http,
        string id,
        GetVpc get,
        UpdateVpc update,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var vpcId))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.VpcRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        var actor = ApiGate.ActorOf(http);
        var present = await get.ExecuteAsync(actor, vpcId, ct);
        if (!present.IsDone)
        {
            return ApiResults.Error(ApiError.For(present.Refusal));
        }

        // What is not sent stays as it is: doctl's update sends only what its flags name.
        var outcome = await update.ExecuteAsync(
            actor,
            vpcId,
            new VpcInput(
                body!.Name ?? present.Value.Name,
                body.Description ?? present.Value.Description,
                body.Region ?? present.Value.Region,
                RangesOf(body) ?? present.Value.Ranges
            ),
            body.Default,
            ct
        );
        return ApiResults.From(outcome, vpc => new VpcBody(ToInfo(vpc)), ApiJson.Default.VpcBody);
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http,
        string id,
        DeleteVpc operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var vpcId))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), vpcId, ct);
        return outcome.IsDone ? ApiResults.NoContent
            // Contract 4.5: a network with members or the default one answers 403 here, not 409.
            : outcome.Refusal is Data.Operations.Refusal.Conflict c ? ApiResults.Error(ApiError.Forbidden(c.Message))
            : ApiResults.Error(ApiError.For(outcome.Refusal));
    }

    private static IReadOnlyList<string>? RangesOf(VpcRequest body) =>
        body.IpRanges is { } ranges ? [.. ranges.Select(r => r ?? "")]
        : body.IpRange is { } range ? [range]
        : null;

    private static VpcInfo ToInfo(VpcRow vpc) =>
        new(
            vpc.Id.ToString(),
            $"do:vpc:{vpc.Id}",
            vpc.Name,
            vpc.Description,
            vpc.Region,
            vpc.Ranges.Count > 0 ? vpc.Ranges[0] : "",
            vpc.Ranges,
            vpc.CreatedAt,
            vpc.IsDefault
        );
}
