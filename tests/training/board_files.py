"""What TensorBoard's own readers find in a folder."""

import types


def read(folder):
    """What TensorBoard's own reader finds: {tag: [(step, value)]}, and the names of the plugins."""
    from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder), size_guidance={TENSORS: 0})
    events.Reload()
    tags = events.Tags()[TENSORS]
    kinds = {tag: events.SummaryMetadata(tag).plugin_data.plugin_name for tag in tags}
    values = {
        tag: [(event.step, make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        for tag in tags
    }
    return values, kinds


def hparams_pages(folder):
    """What TensorBoard's page of hyperparameters is told: the experiment, and the trainings."""
    from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins.base_plugin import TBContext
    from tensorboard.plugins.hparams import (
        api_pb2,
        backend_context,
        get_experiment,
        list_session_groups,
    )

    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(folder))
    asked = TBContext(data_provider=provider, flags=types.SimpleNamespace(generic_data="true"))
    context, request = backend_context.Context(asked), RequestContext()
    wanted = api_pb2.GetExperimentRequest()
    experiment = get_experiment.Handler(request, context, "", wanted).run()
    columns = [
        api_pb2.ColParams(hparam="units", order=api_pb2.ORDER_ASC),
        api_pb2.ColParams(metric={"group": "train", "tag": "epoch_loss"}),
    ]
    statuses = [api_pb2.STATUS_SUCCESS, api_pb2.STATUS_RUNNING, api_pb2.STATUS_UNKNOWN]
    wanted = api_pb2.ListSessionGroupsRequest(
        slice_size=9, col_params=columns, allowed_statuses=statuses
    )
    groups = list_session_groups.Handler(request, context, "", wanted).run()
    return experiment, list(groups.session_groups)
