using System.Text.Json;
using ControlPanel.Api;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>The document describes what is there: nothing less and nothing else.</summary>
[Collection(nameof(ApiWorld))]
public sealed class OpenApiTests(ApiWorld world)
{
    private static readonly string[] s_methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

    [Fact]
    public async Task Every_mapped_endpoint_is_in_it_with_its_scopes_and_nothing_else()
    {
        var document = await DocumentAsync();
        var mapped = world
            .Panel.Get<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e =>
                e.RoutePattern.RawText!.StartsWith("/v2/", StringComparison.Ordinal)
                || e.RoutePattern.RawText.StartsWith("/v1/", StringComparison.Ordinal)
            )
            .Where(e => !e.RoutePattern.RawText!.Contains("{**", StringComparison.Ordinal))
            .SelectMany(e =>
                e.Metadata.GetRequiredMetadata<HttpMethodMetadata>()
                    .HttpMethods.Select(m =>
                        $"{m} {e.RoutePattern.RawText} {string.Join(",", e.Metadata.GetRequiredMetadata<RequiredScopes>().Scopes)}"
                    )
            )
            .Order(StringComparer.Ordinal);

        var described = Operations(document)
            .Select(o =>
                $"{o.Method.ToUpperInvariant()} {o.Path} "
                + string.Join(",", Strings(o.Operation.GetProperty("security")[0].GetProperty("token")))
            )
            .Order(StringComparer.Ordinal);

        Assert.Equal(mapped, described);
    }

    [Fact]
    public async Task Each_operation_says_what_it_does_what_it_needs_and_what_it_answers()
    {
        var document = await DocumentAsync();
        var operations = Operations(document).ToList();
        Assert.Distinct(operations.Select(o => o.Operation.GetProperty("operationId").GetString()));
        Assert.All(
            operations,
            o =>
            {
                Assert.NotEmpty(o.Operation.GetProperty("summary").GetString()!);
                Assert.Single(o.Operation.GetProperty("tags").EnumerateArray());
                Assert.Equal(
                    Strings(o.Operation.GetProperty("x-required-scopes")),
                    Strings(o.Operation.GetProperty("security")[0].GetProperty("token"))
                );
                var inPath = o.Path.Split('/').Where(s => s.StartsWith('{')).Select(s => s.Trim('{', '}'));
                var parameters = o.Operation.TryGetProperty("parameters", out var some)
                    ? some.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").ToList()
                    : [];
                Assert.Equal(inPath, parameters.Select(p => p.GetProperty("name").GetString()));
                var responses = o.Operation.GetProperty("responses");
                Assert.Equal(
                    "#/components/responses/Error",
                    responses.GetProperty("default").GetProperty("$ref").GetString()
                );
            }
        );
        var envelope = document.GetProperty("components").GetProperty("schemas").GetProperty("ErrorBody");
        Assert.Equal("id,message,request_id", ApiAnswer.Names(envelope.GetProperty("properties")));
        var scheme = document.GetProperty("components").GetProperty("securitySchemes").GetProperty("token");
        Assert.Equal("bearer", scheme.GetProperty("scheme").GetString());
    }

    [Fact]
    public async Task It_is_valid_OpenAPI_3_1_and_every_reference_in_it_leads_somewhere()
    {
        using var http = new HttpClient { BaseAddress = world.Panel.Panel };
        await using var stream = await http.GetStreamAsync("/openapi/v1.json", TestContext.Current.CancellationToken);

        var read = await OpenApiDocument.LoadAsync(
            stream,
            "json",
            cancellationToken: TestContext.Current.CancellationToken
        );

        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic!.SpecificationVersion);
        Assert.Empty(read.Diagnostic.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Empty(read.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
        var document = await DocumentAsync();
        Assert.All(References(document), r => Assert.True(TryFollow(document, r), r));
    }

    [Fact]
    public async Task What_answers_hold_is_what_their_schemas_say()
    {
        using var caller = await world.CallerAsync();
        var document = await DocumentAsync();
        var checkedAnswers = 0;
        foreach (var (method, path, operation) in Operations(document).Where(o => o.Method == "get"))
        {
            var answer = await caller.GetAsync(path.Replace("{id}", world.Panel.NamespaceId, StringComparison.Ordinal));
            if (answer.Status != 200)
            {
                continue;
            }

            var schema = operation
                .GetProperty("responses")
                .GetProperty("200")
                .GetProperty("content")
                .GetProperty("application/json")
                .GetProperty("schema");
            JsonShape.AssertFits(document, schema, answer.Body, $"{method} {path}");
            checkedAnswers++;
        }

        Assert.True(checkedAnswers > 15, $"Only {checkedAnswers} answers were compared.");
    }

    [Fact]
    public async Task Each_example_of_a_body_is_one_that_the_server_understands()
    {
        // What the examples make would be in the way of other tests.
        await using var own = new ApiWorld();
        await own.InitializeAsync();
        using var caller = await own.CallerAsync();
        var examples = 0;
        foreach (var (method, path, operation) in Operations(await DocumentAsync()))
        {
            if (!operation.TryGetProperty("requestBody", out var body))
            {
                continue;
            }

            var content = body.GetProperty("content").GetProperty("application/json");
            var example = content.GetProperty("example");
            JsonShape.AssertFits(await DocumentAsync(), content.GetProperty("schema"), example, $"{method} {path}");
            var answer = await caller.SendAsync(
                method.ToUpperInvariant(),
                path.Replace("{id}", "00000000-0000-4000-8000-000000000000", StringComparison.Ordinal)
                    .Replace("{uuid}", "00000000-0000-4000-8000-000000000000", StringComparison.Ordinal),
                example.GetRawText()
            );
            Assert.True(answer.Status is 200 or 201 or 404, $"{method} {path} answered {answer.Status}: {answer.Text}");
            examples++;
        }

        Assert.True(examples > 10, $"Only {examples} examples were sent.");
    }

    [Fact]
    public async Task The_reference_page_knows_every_endpoint_and_how_to_call_it()
    {
        var groups = await world.Panel.Get<IApiReference>().GetAsync();
        var listed = groups.SelectMany(g => g.Endpoints).ToList();

        Assert.Equal(
            Operations(await DocumentAsync())
                .Select(o => $"{o.Method.ToUpperInvariant()} {o.Path}")
                .Order(StringComparer.Ordinal),
            listed.Select(e => $"{e.Method} {e.Path}").Order(StringComparer.Ordinal)
        );
        Assert.Distinct(groups.Select(g => g.Anchor));
        var create = listed.Single(e => e is { Method: "POST", Path: "/v2/spaces/keys" });
        Assert.Equal(
            [("name", "text", true), ("grants", "list of object", false), ("grants[].bucket", "text", true)],
            create.Body.Take(3).Select(f => (f.Name, f.Type, f.IsNeeded))
        );
        Assert.Equal("201", create.Status);
        Assert.Equal(
            "curl -X POST -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" "
                + "-d '{\"name\":\"uploads\",\"grants\":[{\"bucket\":\"raw-photos\",\"permission\":\"readwrite\"}]}' "
                + $"\"{world.Panel.App.Addresses.Panel}/v2/spaces/keys\"",
            create.Curl
        );
        Assert.EndsWith(
            "/v2/spaces/keys/$ACCESS_KEY\"",
            listed.First(e => e.Path == "/v2/spaces/keys/{accessKey}").Curl,
            StringComparison.Ordinal
        );
    }

    private async Task<JsonElement> DocumentAsync()
    {
        // Public: whoever integrates reads it before there is a token.
        using var http = new HttpClient { BaseAddress = world.Panel.Panel };
        using var response = await http.GetAsync("/openapi/v1.json", TestContext.Current.CancellationToken);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static IEnumerable<(string Method, string Path, JsonElement Operation)> Operations(JsonElement document) =>
        document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(p =>
                p.Value.EnumerateObject().Where(o => s_methods.Contains(o.Name)).Select(o => (o.Name, p.Name, o.Value))
            );

    private static IEnumerable<string?> Strings(JsonElement list) => list.EnumerateArray().Select(s => s.GetString());

    private static IEnumerable<string> References(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(m =>
                    m is { Name: "$ref", Value.ValueKind: JsonValueKind.String }
                        ? [m.Value.GetString()!]
                        : References(m.Value)
                ),
            _ => [],
        };

    private static bool TryFollow(JsonElement document, string reference)
    {
        var found = document;
        foreach (var part in reference.Split('/').Skip(1))
        {
            if (!found.TryGetProperty(part, out found))
            {
                return false;
            }
        }

        return reference.StartsWith("#/", StringComparison.Ordinal);
    }
}
