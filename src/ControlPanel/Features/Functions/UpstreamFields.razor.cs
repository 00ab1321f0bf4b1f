using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Address and credential of the OpenWhisk API behind a namespace.</summary>
public sealed partial class UpstreamFields
{
    [Parameter]
    public string? Url { get; set; }

    [Parameter]
    public EventCallback<string> UrlChanged { get; set; }

    [Parameter]
    public string? Credential { get; set; }

    [Parameter]
    public EventCallback<string> CredentialChanged { get; set; }

    [Parameter]
    public string? CredentialPlaceholder { get; set; }

    [Parameter]
    public Refusal? Refusal { get; set; }
}
