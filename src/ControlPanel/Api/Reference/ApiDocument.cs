using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ControlPanel.Api.Contract;
using ControlPanel.Hosting;
using ControlPanel.Shared;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ControlPanel.Api.Reference;

/// <summary>
/// The OpenAPI document of every endpoint that declares its scopes: made once, when it is first asked for, from what the
/// endpoints themselves say.
/// </summary>
internal sealed class ApiDocument(IServiceProvider services)
{
    /// <summary>Its name among documents.</summary>
    public const string Name = "v1";

    /// <summary>The extension that holds an endpoint's scopes.</summary>
    public const string ScopesExtension = "x-required-scopes";

    private readonly Lock _gate = new();
    private Task<(OpenApiDocument Document, byte[] Json)>? _made;

    /// <summary>The document as an object. Shared: not to be changed.</summary>
    public async Task<OpenApiDocument> GetAsync() => (await MadeAsync()).Document;

    /// <summary>The document as JSON.</summary>
    public async Task<byte[]> GetJsonAsync() => (await MadeAsync()).Json;

    private Task<(OpenApiDocument Document, byte[] Json)> MadeAsync()
    {
        lock (_gate)
        {
            // A failure is not kept: the next one who asks tries again.
            return _made is { IsFaulted: false } made ? made : _made = MakeAsync();
        }
    }

    private async Task<(OpenApiDocument Document, byte[] Json)> MakeAsync()
    {
        var document = await services
            .GetRequiredKeyedService<IOpenApiDocumentProvider>(Name)
            .GetOpenApiDocumentAsync(CancellationToken.None);
        using var buffer = new MemoryStream();
        await document.SerializeAsJsonAsync(buffer, OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
        return (document, buffer.ToArray());
    }
}

/// <summary>Turns endpoint metadata into the document.</summary>
internal static class ApiDocumentRules
{
    private const string Scheme = "token";
    private const string Error = "Error";

    public static IServiceCollection AddApiDocument(this IServiceCollection services)
    {
        // The document's schemas are those of the wire types, in the wire's spelling.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
        });
        services.AddOpenApi(
            ApiDocument.Name,
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.ShouldInclude = static d => d.ActionDescriptor.EndpointMetadata.OfType<RequiredScopes>().Any();
                options.AddSchemaTransformer(NeedAsync);
                options.AddOperationTransformer(DescribeAsync);
                options.AddDocumentTransformer(IntroduceAsync);
            }
        );
        services.AddSingleton<ApiDocument>();
        services.AddSingleton<IApiReference, ApiReference>();
        return services;
    }

    /// <summary>Maps the document. Public: what it says is the same for every installation.</summary>
    public static void MapApiDocument(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/openapi/v1.json",
                static async (HttpContext http, ApiDocument document) =>
                {
                    var json = await document.GetJsonAsync();
                    http.Response.ContentType = "application/json";
                    http.Response.ContentLength = json.Length;
                    await http.Response.Body.WriteAsync(json, http.RequestAborted);
                }
            )
            .ExcludeFromDescription();

    // An answer always has all its members, but for those that are left out when there is nothing to say. Of a body, the
    // endpoint says itself what it needs.
    private static Task NeedAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo;
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            schema.Required = type.Type.Name.EndsWith("Request", StringComparison.Ordinal)
                ? null
                : type
                    .Properties.Where(p =>
                        p.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: false) != true
                    )
                    .Select(p => p.Name)
                    .ToHashSet(StringComparer.Ordinal);
        }

        // The generator forgets of objects that they may be null.
        if (context.JsonPropertyInfo is { IsGetNullable: true } && schema.Type is { } known)
        {
            schema.Type = known | JsonSchemaType.Null;
        }

        return Task.CompletedTask;
    }

    private static Task IntroduceAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken ct
    )
    {
        document.Info = new OpenApiInfo
        {
            Title = "ControlPanel API",
            Version = "2",
            Description =
                "Manages access keys of Functions, Spaces, Inference and the API itself. Every answer carries x-request-id, "
                + "and ratelimit-limit, -remaining and -reset of its token (5,000 requests in an hour, 250 in a minute).",
        };
        document.Servers =
        [
            new OpenApiServer { Url = context.ApplicationServices.GetRequiredService<ListenAddresses>().Panel },
        ];
        return Task.CompletedTask;
    }

    private static async Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        var document = context.Document!;
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var scopes = metadata.OfType<RequiredScopes>().Single().Scopes;
        var description = metadata.OfType<EndpointDescription>().Single();
        await IntroduceSharedPartsAsync(document, context, ct);

        operation.OperationId = IdOf(context.Description.HttpMethod!, context.Description.RelativePath!);
        operation.Summary = description.Summary;
        operation.Description = string.Join(
            " ",
            new[]
            {
                description.Remark,
                scopes.Count == 0 ? "Any valid token may call it." : $"Needs the scope {string.Join(", ", scopes)}.",
            }.Where(s => s is not null)
        );
        // Since 3.1 the list may name what a caller needs, whatever the scheme is.
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [.. scopes] },
        ];
        operation.AddExtension(
            ApiDocument.ScopesExtension,
            new JsonNodeExtension(new JsonArray([.. scopes.Select(s => (JsonNode)s)]))
        );
        AddQuery(operation, description);
        if (description.Body is { } body)
        {
            var schema = await context.GetOrCreateSchemaAsync(body, null, ct);
            var name = body.Name;
            document.AddComponent(name, schema);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = description.Needed.Count > 0,
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/json"] = new()
                    {
                        Schema = Needing(new OpenApiSchemaReference(name, document), description.Needed),
                        Example = JsonNode.Parse(description.Example!),
                    },
                },
            };
        }

        operation.Responses = new OpenApiResponses
        {
            [description.Status.ToString(CultureInfo.InvariantCulture)] = await AnswerAsync(
                description,
                document,
                context,
                ct
            ),
        };
        foreach (var status in Failures(context, description))
        {
            operation.Responses.TryAdd(status, new OpenApiResponseReference(Error, document));
        }
    }

    private static async Task<IOpenApiResponse> AnswerAsync(
        EndpointDescription description,
        OpenApiDocument document,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        var response = new OpenApiResponse
        {
            Description = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(description.Status),
        };
        if (description.Answer is { } answer)
        {
            document.AddComponent(answer.Name, await context.GetOrCreateSchemaAsync(answer, null, ct));
            response.Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/json"] = new() { Schema = new OpenApiSchemaReference(answer.Name, document) },
            };
        }

        return response;
    }

    private static IEnumerable<string> Failures(
        OpenApiOperationTransformerContext context,
        EndpointDescription description
    )
    {
        if (description.Body is not null || description.Query.Count > 0)
        {
            yield return "400";
        }

        yield return "401";
        yield return "403";
        if (context.Description.RelativePath!.Contains('{', StringComparison.Ordinal))
        {
            yield return "404";
        }

        if (description.Body is not null)
        {
            yield return "413";
        }

        yield return "429";
        yield return "default";
    }

    private static async Task IntroduceSharedPartsAsync(
        OpenApiDocument document,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        document.Components ??= new OpenApiComponents();
        if (document.Components.Responses?.ContainsKey(Error) == true)
        {
            return;
        }

        document.AddComponent(nameof(ErrorBody), await context.GetOrCreateSchemaAsync(typeof(ErrorBody), null, ct));
        document.AddComponent(
            Error,
            new OpenApiResponse
            {
                Description = "Why not, in the one envelope of all errors; request_id finds the decision in Activity.",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/json"] = new() { Schema = new OpenApiSchemaReference(nameof(ErrorBody), document) },
                },
            }
        );
        document.AddComponent<IOpenApiSecurityScheme>(
            Scheme,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "dop_v1_ and 64 hexadecimal digits",
                Description =
                    "A personal access token. Its rights are its scopes, as far as its owner's role carries them.",
            }
        );
    }

    private static IOpenApiSchema Needing(IOpenApiSchema schema, IReadOnlyList<string> needed) =>
        needed.Count == 0
            ? schema
            : new OpenApiSchema
            {
                AllOf = [schema, new OpenApiSchema { Required = needed.ToHashSet(StringComparer.Ordinal) }],
            };

    private static void AddQuery(OpenApiOperation operation, EndpointDescription description)
    {
        operation.Parameters ??= [];
        foreach (var parameter in description.Query)
        {
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = parameter.Name,
                    In = ParameterLocation.Query,
                    Description = parameter.Description,
                    Schema = new OpenApiSchema
                    {
                        Type = parameter.IsNumber ? JsonSchemaType.Integer : JsonSchemaType.String,
                        Enum = parameter.Values.Count == 0 ? null : [.. parameter.Values.Select(v => (JsonNode)v)],
                    },
                }
            );
        }
    }

    // get_v2_spaces_keys_accessKey
    private static string IdOf(string method, string path) =>
        string.Concat(
            $"{method.ToLowerInvariant()}_{path}"
                .Where(c => c is not ('{' or '}'))
                .Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')
        );
}
